#include "agent/actor.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

#include "agent/cli/safe_text.h"

namespace agent {
namespace {

constexpr std::size_t kLongest = 64;

std::string name_of(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> text{};
  if (::getpwuid_r(uid, &entry, text.data(), text.size(), &found) == 0 && found != nullptr &&
      found->pw_name != nullptr && *found->pw_name != '\0') {
    return found->pw_name;
  }
  return "uid " + std::to_string(uid);
}

std::string bounded(const std::string& name) { return safe_text(name, Charset::Ascii, kLongest); }

}  // namespace

std::string user_name(const Environment& environment) {
  const auto sudo = environment.find("SUDO_USER");
  const bool by_sudo = ::geteuid() == 0 && sudo != environment.end() && !sudo->second.empty();
  return by_sudo ? bounded(sudo->second) + " (sudo)" : bounded(name_of(::getuid()));
}

}  // namespace agent
