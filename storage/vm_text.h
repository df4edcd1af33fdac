// A VM as one text of a row: what is equal as text is an unchanged VM, and a rescan writes nothing.
// The positions are listed in SCHEMA.md; the SQL views of schema.cpp name them for operators.
#pragma once

#include <string>
#include <string_view>

#include "policy/inventory.h"

namespace storage {

/// First value of every text; another one is not read.
constexpr int kVmTextFormat = 1;

/// Appends the VM. The endpoint's configured name is left out: renaming it must not touch VMs.
void append_vm(std::string& out, const policy::Vm& vm);

/// Reads it back, equal to what was appended, with `endpoint` as identity.endpoint. PackError for a
/// damaged text.
policy::Vm read_vm(std::string_view text, const std::string& endpoint);

/// The first part of read_vm only.
policy::VmIdentity read_identity(std::string_view text, const std::string& endpoint);

}  // namespace storage
