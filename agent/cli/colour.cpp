#include "agent/cli/colour.h"

namespace agent {
namespace {

// The eight basic colours only: they follow the reader's own theme.
const char* sequence(Colour colour) {
  switch (colour) {
    case Colour::None:
      return "";
    case Colour::Good:
      return "\x1b[32m";
    case Colour::Warning:
      return "\x1b[33m";
    case Colour::Critical:
      return "\x1b[1;31m";
    case Colour::Faint:
      return "\x1b[2m";
    case Colour::Strong:
      return "\x1b[1m";
  }
  return "";
}

}  // namespace

std::string paint(Colour colour, std::string_view text, const Screen& screen) {
  if (!screen.colour || colour == Colour::None || text.empty()) return std::string(text);
  return std::string(sequence(colour)) + std::string(text) + "\x1b[0m";
}

}  // namespace agent
