// Writes and reads nested lists of plain values as JSON arrays by position: small, quick, and still
// readable for SQL (json_each) and for a person with the sqlite3 shell.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace storage {

/// Appends to a string that the caller owns.
class PackWriter {
 public:
  explicit PackWriter(std::string& out) : out_(out), start_(out.size()) {}
  void open() {
    comma();
    out_ += '[';
  }
  void close() { out_ += ']'; }
  /// Any bytes; control characters, quotes and backslashes are escaped, the rest is left as it is.
  void text(std::string_view value);
  void null() {
    comma();
    out_ += "null";
  }
  template <std::integral T>
  void number(T value) {
    comma();
    if constexpr (std::same_as<T, bool>) {
      out_ += value ? '1' : '0';
    } else {
      digits(value);
    }
  }
  /// Shortest text that reads back the same; what is not finite becomes null.
  void real(double value) {
    if (!std::isfinite(value)) return null();
    comma();
    digits(value);
  }

 private:
  void comma() {
    if (out_.size() != start_ && out_.back() != '[') out_ += ',';
  }
  template <class T>
  void digits(T value) {
    char buffer[32];
    const auto [end, problem] = std::to_chars(buffer, buffer + sizeof buffer, value);
    out_.append(buffer, end);
  }

  std::string& out_;
  std::size_t start_;
};

/// The text is not what PackWriter writes: the row is damaged.
class PackError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Pulls values in the order they were written. Every call throws PackError on another shape.
class PackReader {
 public:
  explicit PackReader(std::string_view text) : text_(text) {}
  void open() { expect('['); }
  void close() { expect(']'); }
  /// Another value follows in this list.
  bool more() const { return at_ < text_.size() && text_[at_] != ']'; }
  bool finished() const { return at_ == text_.size(); }
  std::string text();
  /// Consumes a null, if one is next.
  bool null();
  template <std::integral T>
  T number() {
    if constexpr (std::same_as<T, bool>) {
      return parse<int>() != 0;
    } else {
      return parse<T>();
    }
  }
  double real() { return null() ? std::nan("") : parse<double>(); }

 private:
  [[noreturn]] void fail(const char* wanted) const;
  void separator() {
    if (at_ < text_.size() && text_[at_] == ',') ++at_;
  }
  void expect(char c) {
    if (c != ']') separator();
    if (at_ >= text_.size() || text_[at_] != c) fail(c == '[' ? "a list" : "the end of a list");
    ++at_;
  }
  template <class T>
  T parse() {
    separator();
    T value{};
    const char* first = text_.data() + at_;
    const auto [end, problem] = std::from_chars(first, text_.data() + text_.size(), value);
    if (problem != std::errc() || end == first) fail("a number");
    at_ += static_cast<std::size_t>(end - first);
    return value;
  }
  char escaped();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace storage
