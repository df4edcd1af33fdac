// Turns SQLite's result codes into this folder's Error: kind, plain words and the next step.
#pragma once

#include <string>

#include "storage/error.h"

namespace storage {

/// `code` is an extended result code, `detail` SQLite's own text, `system_error` an errno or 0.
Error sqlite_error(int code, int system_error, const std::string& detail,
                   const std::string& activity, const std::string& file);

}  // namespace storage
