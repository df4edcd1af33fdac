#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <optional>

#include "agent/cli/safe_text.h"
#include "agent/cli/utf8.h"

namespace agent {
namespace {

// The C library has Unicode's widths, but only inside a UTF-8 locale; the process itself stays in
// "C" so that numbers keep their point.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {}
  ~Utf8Locale() {
    if (locale_) freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  locale_t get() const { return locale_; }

 private:
  locale_t locale_;
};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

}  // namespace

std::size_t display_width(std::string_view text) {
  if (is_ascii(text)) return text.size();
  static const Utf8Locale utf8;
  // Without that locale every code point counts as one column: columns may be ragged, no worse.
  const locale_t before = utf8.get() ? uselocale(utf8.get()) : locale_t{};
  std::size_t width = 0;
  for (std::size_t position = 0; position < text.size();) {
    const std::optional<char32_t> c = next_code_point(text, position);
    const int columns = c && utf8.get() ? wcwidth(static_cast<wchar_t>(*c)) : 1;
    width += columns < 0 ? 1 : static_cast<std::size_t>(columns);
  }
  if (utf8.get()) uselocale(before);
  return width;
}

}  // namespace agent
