// Enumerators and their words, both ways: one table each, so that writing and reading agree.
// Private to policy/*.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace policy {

/// `Word` is const char* or std::string_view, as the public function gives it.
template <class Enum, class Word, std::size_t N>
using NameTable = std::array<std::pair<Enum, Word>, N>;

/// "unknown" for a value that the table does not have.
template <class Enum, class Word, std::size_t N>
constexpr Word name_in(const NameTable<Enum, Word, N>& names, Enum value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "unknown";
}

template <class Enum, class Word, std::size_t N>
constexpr std::optional<Enum> value_in(const NameTable<Enum, Word, N>& names,
                                       std::string_view text) {
  for (const auto& [known, name] : names) {
    if (name == text) return known;
  }
  return std::nullopt;
}

}  // namespace policy
