#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "agent/act/execute/executor.h"

namespace agent {

// A ULID: 48 bits of milliseconds, then 80 by chance, five bits a character.
std::string new_id(policy::Time now) {
  constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr std::size_t kTimeDigits = 10, kChanceDigits = 16;
  const auto since = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
  auto time = static_cast<std::uint64_t>(since.count());
  std::array<unsigned char, kChanceDigits> chance{};
  if (getentropy(chance.data(), chance.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "the system gave no random bytes");
  }
  std::string id(kTimeDigits + kChanceDigits, '0');
  for (std::size_t i = kTimeDigits; i-- > 0; time >>= 5U) id[i] = kDigits[time & 31U];
  for (std::size_t i = 0; i < kChanceDigits; ++i) id[kTimeDigits + i] = kDigits[chance[i] & 31U];
  return id;
}

}  // namespace agent
