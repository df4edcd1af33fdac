#include "storage/version.h"

#include <sqlite3.h>

namespace storage {

std::string sqlite_version() { return sqlite3_libversion(); }

}  // namespace storage
