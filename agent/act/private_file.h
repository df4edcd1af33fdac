// Writes what others must not read, whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace agent {

/// Creates the directory (0700) when missing, writes beside the target with mode 0600, syncs and
/// renames: never half a file. Throws agent::Error "output" (exit 1).
void write_private_file(const std::string& file, std::string_view text);

}  // namespace agent
