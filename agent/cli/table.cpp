#include "agent/cli/table.h"

#include <algorithm>
#include <stdexcept>

namespace agent {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;

struct Piece {
  std::string text;
  Colour colour;
  std::size_t width;
};

Piece piece_of(const Cell& cell, const Screen& screen) {
  std::string text = safe_text(cell.text, screen.charset);
  const std::size_t width = display_width(text);
  return {std::move(text), cell.colour, width};
}

void cut(Piece& piece, std::size_t width, Charset charset) {
  if (piece.width <= width) return;
  piece.text = cut_to_width(piece.text, width, charset);
  piece.width = display_width(piece.text);
}

// Takes one column at a time off the widest column that may shrink, so that two long columns share
// the loss.
void shrink_to(std::size_t screen_width, const std::vector<Column>& columns,
               std::vector<std::size_t>& widths) {
  std::size_t total = kGap * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  for (; total > screen_width; --total) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const bool may = columns[i].shrinks && widths[i] > kNarrowest;
      if (may && (!widest || widths[i] > *widest)) widest = &widths[i];
    }
    if (!widest) return;
    --*widest;
  }
}

void append_line(std::string& out, const std::vector<Piece>& pieces,
                 const std::vector<Column>& columns, const std::vector<std::size_t>& widths,
                 const Screen& screen) {
  std::size_t owed = 0;  // blanks are written only when something follows them
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t fill = widths[i] - std::min(widths[i], pieces[i].width);
    const bool right = columns[i].align == Align::Right;
    if (right) owed += fill;
    if (!pieces[i].text.empty()) {
      out.append(owed, ' ');
      owed = 0;
      out += paint(pieces[i].colour, pieces[i].text, screen);
    }
    if (!right) owed += fill;
    owed += kGap;
  }
  out += '\n';
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  if (columns_.empty()) throw std::logic_error("a table needs a column");
}

void Table::add_row(std::vector<Cell> cells) {
  if (cells.size() != columns_.size()) {
    throw std::logic_error("a table row of " + std::to_string(cells.size()) + " cells in " +
                           std::to_string(columns_.size()) + " columns");
  }
  rows_.push_back(std::move(cells));
}

std::string Table::text(const Screen& screen) const {
  std::vector<std::vector<Piece>> lines;
  lines.reserve(rows_.size() + 1);
  auto& header = lines.emplace_back();
  for (const Column& column : columns_) {
    header.push_back(piece_of(Cell(column.title, Colour::Strong), screen));
  }
  for (const auto& row : rows_) {
    auto& line = lines.emplace_back();
    for (const Cell& cell : row) line.push_back(piece_of(cell, screen));
  }
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].width);
  }
  if (screen.width > 0) shrink_to(screen.width, columns_, widths);
  std::string out;
  for (auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) cut(line[i], widths[i], screen.charset);
    append_line(out, line, columns_, widths, screen);
  }
  return out;
}

std::string aligned_pairs(const std::vector<std::pair<std::string, Cell>>& pairs,
                          const Screen& screen) {
  std::size_t widest = 0;
  for (const auto& [name, value] : pairs) widest = std::max(widest, display_width(name));
  std::string out;
  for (const auto& [name, value] : pairs) {
    const Piece piece = piece_of(value, screen);
    out += name + ":";
    if (!piece.text.empty()) {
      out.append(widest - display_width(name) + kGap, ' ');
      out += paint(piece.colour, piece.text, screen);
    }
    out += '\n';
  }
  return out;
}

}  // namespace agent
