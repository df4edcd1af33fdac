#include "storage/vm_text.h"

#include "storage/pack_list.h"
#include "storage/words.h"

namespace storage {
namespace {

void put_maybe(PackWriter& w, const std::optional<std::string>& text) {
  text ? w.text(*text) : w.null();
}

void put_identity(PackWriter& w, const policy::VmIdentity& identity) {
  w.text(identity.moid);
  w.text(identity.instance_uuid);
  w.text(identity.bios_uuid);
  w.text(identity.name);
  w.text(identity.raw_name);
}

void put_place(PackWriter& w, const policy::VmPlace& place) {
  w.text(place.path);
  w.text(place.cluster);
  w.text(place.host);
  put_texts(w, place.datastores);
  put_texts(w, place.tags);
  w.open();
  for (const auto& [name, value] : place.attributes) {
    w.text(name);
    w.text(value);
  }
  w.close();
}

void put_state(PackWriter& w, const policy::VmState& state) {
  w.text(word(state.connection));
  w.text(word(state.power));
  w.number(state.is_template);
  w.number(state.fault_tolerant);
  w.number(state.consolidation_needed);
  w.text(state.managed_by);
  put_maybe(w, state.question);
  put_texts(w, state.disabled_methods);
  put_texts(w, state.unreadable);
}

void put_snapshot(PackWriter& w, const policy::Snapshot& s) {
  w.open();
  w.text(s.moid);
  w.number(s.id);
  w.text(s.name);
  w.text(s.raw_name);
  w.text(s.description);
  put_time(w, s.created);
  put_maybe(w, s.parent);
  w.number(s.current);
  w.number(s.on_current_path);
  w.text(word(s.owner));
  w.number(s.pinned);
  w.text(word(s.state));
  w.number(s.memory);
  w.number(s.quiesced);
  w.number(s.helper);
  w.number(s.bytes);
  w.number(s.memory_bytes);
  w.close();
}

void put_probes(PackWriter& w, const policy::ProbeEstimate& probes) {
  w.open();
  w.real(probes.best);
  w.real(probes.low);
  w.real(probes.high);
  w.real(probes.worst);
  w.real(probes.base_share);
  w.real(probes.split_64k);
  w.number(probes.map_bytes);
  w.close();
}

void put_layer(PackWriter& w, const policy::Layer& layer) {
  w.open();
  w.text(layer.file);
  w.number(layer.bytes);
  put_maybe(w, layer.snapshot);
  w.number(layer.inherited);
  w.number(layer.orphan);
  w.close();
}

void put_disk(PackWriter& w, const policy::Disk& disk) {
  w.open();
  w.number(disk.key);
  w.text(disk.label);
  w.number(disk.capacity_bytes);
  w.text(word(disk.kind));
  w.text(disk.mode);
  w.text(disk.uuid);
  w.text(disk.datastore);
  w.number(disk.depth);
  w.number(disk.inherited);
  w.number(disk.orphans);
  put_probes(w, disk.probes);
  w.open();
  for (const policy::Layer& layer : disk.layers) put_layer(w, layer);
  w.close();
  w.close();
}

}  // namespace

void append_vm(std::string& out, const policy::Vm& vm) {
  PackWriter w(out);
  w.open();
  w.number(kVmTextFormat);
  put_identity(w, vm.identity);
  put_place(w, vm.place);
  put_state(w, vm.state);
  w.open();
  for (const policy::VmFlag flag : vm.flags) w.text(policy::flag_name(flag));
  w.close();
  w.open();
  for (const policy::Snapshot& snapshot : vm.snapshots) put_snapshot(w, snapshot);
  w.close();
  w.open();
  for (const policy::Disk& disk : vm.disks) put_disk(w, disk);
  w.close();
  w.number(vm.depth);
  w.number(vm.tree_depth);
  w.real(vm.probes);
  w.number(vm.stale);
  vm.layout_time ? w.number(vm.layout_time->time_since_epoch().count()) : w.null();
  w.close();
}

}  // namespace storage
