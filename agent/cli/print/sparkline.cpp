#include "agent/cli/print/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace agent {
namespace {

constexpr std::array<std::string_view, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> kAscii{"_", ".", "-", "=", "+", "*", "%", "#"};

}  // namespace

std::string sparkline(std::span<const double> values, double top, std::size_t columns,
                      Charset charset) {
  const auto& bars = charset == Charset::Utf8 ? kBlocks : kAscii;
  const std::size_t count = std::min(columns, values.size());
  std::string line;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * values.size() / count;
    const std::size_t end = std::max(begin + 1, (i + 1) * values.size() / count);
    double most = 0;  // comparing leaves out what is not a number
    for (std::size_t j = begin; j < end; ++j) most = std::max(most, values[j]);
    const double share = top > 0 ? std::min(1.0, most / top) : 0;
    const auto height =
        static_cast<std::size_t>(std::lround(share * static_cast<double>(bars.size() - 1)));
    line += bars[height];
  }
  return line;
}

}  // namespace agent
