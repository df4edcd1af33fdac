#include <utility>

#include "storage/pack_list.h"
#include "storage/vm_text.h"
#include "storage/words.h"

namespace storage {
namespace {

template <class Enum>
Enum get_word(PackReader& r) {
  const std::string text = r.text();
  if (const auto value = from_word<Enum>(text)) return *value;
  throw PackError("unknown word \"" + text + "\"");
}

std::optional<std::string> get_maybe(PackReader& r) {
  if (r.null()) return std::nullopt;
  return r.text();
}

// A braced list evaluates from left to right, in the order of the struct, which is the order of
// put_*: where the two orders differ, the members are assigned one by one.

policy::VmIdentity get_identity(PackReader& r, const std::string& endpoint) {
  return {.endpoint = endpoint,
          .moid = r.text(),
          .instance_uuid = r.text(),
          .bios_uuid = r.text(),
          .name = r.text(),
          .raw_name = r.text()};
}

policy::VmPlace get_place(PackReader& r) {
  policy::VmPlace place{.path = r.text(),
                        .cluster = r.text(),
                        .host = r.text(),
                        .datastores = get_list(r, get_text),
                        .tags = get_list(r, get_text),
                        .attributes = {}};
  r.open();
  while (r.more()) {
    std::string name = r.text();
    place.attributes.insert_or_assign(std::move(name), r.text());
  }
  r.close();
  return place;
}

policy::VmState get_state(PackReader& r) {
  return {.connection = get_word<policy::Connection>(r),
          .power = get_word<policy::Power>(r),
          .is_template = r.number<bool>(),
          .fault_tolerant = r.number<bool>(),
          .consolidation_needed = r.number<bool>(),
          .managed_by = r.text(),
          .question = get_maybe(r),
          .disabled_methods = get_list(r, get_text),
          .unreadable = get_list(r, get_text)};
}

policy::Snapshot get_snapshot(PackReader& r) {
  r.open();
  policy::Snapshot s{.moid = r.text(),
                     .id = r.number<int>(),
                     .name = r.text(),
                     .raw_name = r.text(),
                     .description = r.text(),
                     .created = get_time(r),
                     .parent = get_maybe(r),
                     .current = r.number<bool>(),
                     .on_current_path = r.number<bool>(),
                     .owner = get_word<policy::Owner>(r),
                     .pinned = r.number<bool>(),
                     .state = get_word<policy::SnapshotState>(r),
                     .memory = r.number<bool>(),
                     .quiesced = r.number<bool>(),
                     .helper = r.number<bool>(),
                     .bytes = r.number<std::uint64_t>(),
                     .memory_bytes = r.number<std::uint64_t>()};
  r.close();
  return s;
}

policy::ProbeEstimate get_probes(PackReader& r) {
  r.open();
  policy::ProbeEstimate probes{.best = r.real(),
                               .low = r.real(),
                               .high = r.real(),
                               .worst = r.real(),
                               .base_share = r.real(),
                               .split_64k = r.real(),
                               .map_bytes = r.number<std::uint64_t>()};
  r.close();
  return probes;
}

policy::Layer get_layer(PackReader& r) {
  r.open();
  policy::Layer layer{.file = r.text(),
                      .bytes = r.number<std::uint64_t>(),
                      .snapshot = get_maybe(r),
                      .inherited = r.number<bool>(),
                      .orphan = r.number<bool>()};
  r.close();
  return layer;
}

policy::Disk get_disk(PackReader& r) {
  r.open();
  policy::Disk disk{.key = r.number<int>(),
                    .label = r.text(),
                    .capacity_bytes = r.number<std::uint64_t>(),
                    .kind = get_word<policy::DeltaKind>(r),
                    .mode = r.text(),
                    .uuid = r.text(),
                    .datastore = r.text(),
                    .depth = r.number<int>(),
                    .inherited = r.number<int>(),
                    .orphans = r.number<int>(),
                    .probes = get_probes(r),
                    .layers = get_list(r, get_layer)};
  r.close();
  return disk;
}

void open_known_format(PackReader& r) {
  r.open();
  const int format = r.number<int>();
  if (format != kVmTextFormat) throw PackError("unknown format " + std::to_string(format));
}

}  // namespace

policy::Vm read_vm(std::string_view text, const std::string& endpoint) {
  PackReader r(text);
  open_known_format(r);
  policy::Vm vm{.identity = get_identity(r, endpoint),
                .place = get_place(r),
                .state = get_state(r),
                .flags = get_list(r, get_word<policy::VmFlag>),
                .snapshots = get_list(r, get_snapshot),
                .disks = get_list(r, get_disk),
                .depth = r.number<int>(),
                .tree_depth = r.number<int>(),
                .probes = r.real(),
                .stale = r.number<bool>(),
                .layout_time = {}};
  if (!r.null()) vm.layout_time = get_time(r);
  r.close();
  if (!r.finished()) throw PackError("text behind the end");
  return vm;
}

policy::VmIdentity read_identity(std::string_view text, const std::string& endpoint) {
  PackReader r(text);
  open_known_format(r);
  return get_identity(r, endpoint);
}

}  // namespace storage
