// Finds where text and tags end, eight bytes at a time, and refuses bytes that XML may not hold.
#pragma once

#include <cstddef>
#include <stdexcept>

namespace vsphere {

/// Why a reply was refused; only the reader of the reply catches it and adds what was being done.
class GateRefusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// First '<' at or after p, or `limit`, or the start of a character or reference that goes on
/// beyond `limit`. Throws GateRefusal.
const char* find_text_end(const char* p, const char* limit);

/// As find_text_end where only white space may stand; `where` names the place for the refusal.
const char* find_blank_end(const char* p, const char* limit, const char* where);

/// One past the '>' that ends the tag starting at p, or nullptr when that lies beyond `limit`.
/// A '>' within quotes does not count. Throws GateRefusal.
const char* find_tag_end(const char* p, const char* limit);

/// Passes text, start and end tags in one go while the depth stays within [lowest, highest], and
/// keeps `depth` up to date. Stops at `limit`, at what goes on beyond it, and before any other
/// markup or a tag that would leave the range: those are for the caller. No tag longer than
/// `longest` is passed. Throws GateRefusal.
const char* pass_elements(const char* p, const char* limit, std::ptrdiff_t longest, int lowest,
                          int highest, int& depth);

/// Checks characters where references mean nothing (comments, CDATA). Throws GateRefusal, also for
/// a character cut off by `end`.
void check_characters(const char* p, const char* end);

}  // namespace vsphere
