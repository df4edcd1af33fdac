// Aligned columns for people; scripts use --json.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "agent/cli/colour.h"
#include "agent/cli/screen.h"

namespace agent {

enum class Align { Left, Right };

struct Column {
  std::string title;
  Align align = Align::Left;
  bool shrinks = false;  ///< may be cut when the table is wider than the terminal
};

/// The text of one cell, made safe by the table. Implicit from text: most cells have no colour.
struct Cell {
  // NOLINTBEGIN(google-explicit-constructor)
  Cell(std::string cell_text, Colour cell_colour = Colour::None)
      : text(std::move(cell_text)), colour(cell_colour) {}
  Cell(const char* cell_text, Colour cell_colour = Colour::None)
      : text(cell_text), colour(cell_colour) {}
  // NOLINTEND(google-explicit-constructor)
  std::string text;
  Colour colour = Colour::None;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  /// Throws std::logic_error when the number of cells is not the number of columns.
  void add_row(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }

  /// A header line, then a line per row, each ending in '\n'; two spaces between columns, no
  /// spaces at the end of a line. Every cell passes through safe_text, so callers hand in raw
  /// names. Columns that shrink are cut to fit screen.width, the widest first, never below 8.
  std::string text(const Screen& screen) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// "name:  value" lines with the values aligned: for screens about one thing.
std::string aligned_pairs(const std::vector<std::pair<std::string, Cell>>& pairs,
                          const Screen& screen);

}  // namespace agent
