// Which SQLite the program really runs on, for `version` and bug reports.
#pragma once

#include <string>

namespace storage {

std::string sqlite_version();

}  // namespace storage
