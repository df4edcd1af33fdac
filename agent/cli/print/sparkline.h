// A row of numbers as a row of small bars, for a table's cell.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "agent/cli/safe_text.h"

namespace agent {

/// At most `columns` bars between 0 and `top`; with more values than that a bar stands for several
/// and shows their greatest. In ASCII the bars are `_.-=+*%#`. No value, or no column: empty; a
/// value that is not a number counts as 0.
std::string sparkline(std::span<const double> values, double top, std::size_t columns,
                      Charset charset);

}  // namespace agent
