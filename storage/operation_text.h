// The parts of an operation that are lists or trees, each as one text of its row by position; the
// positions are listed in SCHEMA.md. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/operation.h"

namespace storage {

std::string text_of(const policy::VmImage& image);
std::string text_of(const policy::CloneImage& image);
std::string text_of(const std::vector<policy::Evidence>& evidence);
std::string text_of(const std::vector<std::string>& texts);

// Equal to what was written. PackError for a damaged text.
policy::VmImage vm_image_of(std::string_view text);
policy::CloneImage clone_image_of(std::string_view text);
std::vector<policy::Evidence> evidence_of(std::string_view text);
std::vector<std::string> texts_of(std::string_view text);

}  // namespace storage
