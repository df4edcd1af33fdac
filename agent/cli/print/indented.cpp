#include "agent/cli/print/indented.h"

#include <algorithm>

namespace agent {
namespace {

constexpr std::size_t kLongest = 1000;
constexpr std::size_t kLeastRoom = 20;  // on a terminal that is narrower, lines overflow

}  // namespace

std::string indented(std::string_view text, std::size_t indent, const Screen& screen) {
  std::string one_line(text);  // a message may have several lines of ours
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  const std::string safe = safe_text(one_line, screen.charset, kLongest);
  const std::string margin(indent, ' ');
  if (screen.width == 0) return margin + safe + "\n";
  const std::size_t room = std::max(screen.width, indent + kLeastRoom) - indent;
  std::string out, line;
  for (std::size_t start = 0; start < safe.size();) {
    const std::size_t end = std::min(safe.find(' ', start), safe.size());
    const std::string word = safe.substr(start, end - start);
    start = end + 1;
    const bool fits = display_width(line) + 1 + display_width(word) <= room;
    if (!line.empty() && !fits) {
      out += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return out + margin + line + "\n";
}

}  // namespace agent
