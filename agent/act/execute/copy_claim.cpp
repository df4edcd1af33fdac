#include "agent/act/execute/copy_claim.h"

#include <utility>

#include "agent/translate/operation_calls.h"

namespace agent {
namespace {

void add(std::string& text, const std::string& field) {
  text += std::to_string(field.size()) + ":" + field;
}

bool same(const std::string& a, const std::string& b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference |=
        static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  }
  return difference == 0;
}

CopyChange released(std::string text) { return {CopyChange::Kind::Released, std::move(text)}; }

}  // namespace

std::string copy_mac(const MarkerKey& key, const storage::Copy& copy) {
  std::string text;
  for (const std::string* field :
       {&copy.op, &copy.endpoint_uuid, &copy.image.moid, &copy.image.instance_uuid,
        &copy.image.name, &copy.image.folder, &copy.image.change_version}) {
    add(text, *field);
  }
  return key.mac("clone", text);
}

std::optional<CopyChange> copy_change(
    const storage::Copy& copy, const MarkerKey& key, const vsphere::VmIdentity& identity,
    const policy::Vm& vm, const std::optional<std::vector<policy::SharedFile>>& shared) {
  const auto doubt = [](std::string text) {
    return CopyChange{CopyChange::Kind::Doubt, std::move(text)};
  };
  if (!identity.missing.empty()) {
    return doubt("the server did not tell " + identity.missing.front().path + " of it");
  }
  if (vm.state.connection != policy::Connection::Connected) {
    return doubt("its host is not connected, so that what is shown of it may be old");
  }
  if (!same(copy.mac, copy_mac(key, copy))) {
    return doubt(
        "its row in the state is not authentic: the key is another, or the row was edited");
  }
  if (!shared) return doubt("it is not known whether linked clones stand on its files");
  const auto mark = identity.extra_config.find(std::string(kCloneMark));
  if (identity.instance_uuid != copy.image.instance_uuid) {
    return released("another VM has its place: its instance uuid is " + identity.instance_uuid);
  }
  if (mark == identity.extra_config.end() || mark->second != copy.op) {
    return released("it does not carry its mark any more");
  }
  if (vsphere::unescape_name(identity.name) != copy.image.name) {
    return released("it was renamed to " + vsphere::unescape_name(identity.name));
  }
  if (identity.parent.value != copy.image.folder) {
    return released("it was moved to folder " + identity.parent.value);
  }
  if (identity.power_state != "poweredOff" || identity.boot_time) {
    return released("it was powered on");
  }
  if (!identity.snapshots.empty()) return released("somebody made a snapshot of it");
  if (identity.change_version != copy.image.change_version) {
    return released("its configuration was changed (" + copy.image.change_version + " -> " +
                    identity.change_version + ")");
  }
  for (const policy::SharedFile& file : *shared) {
    if (file.is_ours) return released(file.other_name + " stands on " + file.file);
  }
  return std::nullopt;
}

std::optional<storage::Copy> copy_of(const storage::Copies& copies,
                                     const std::string& endpoint_uuid, const std::string& op) {
  for (storage::Copy& copy : copies.copies(endpoint_uuid)) {
    if (copy.op == op) return std::move(copy);
  }
  return std::nullopt;
}

}  // namespace agent
