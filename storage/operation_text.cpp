#include "storage/operation_text.h"

#include <utility>

#include "storage/pack_list.h"
#include "storage/words.h"

namespace storage {
namespace {

void put_node(PackWriter& w, const policy::NodeImage& node) {
  w.open();
  w.text(node.moid);
  w.number(node.id);
  put_time(w, node.created);
  w.text(node.parent);
  w.close();
}

policy::NodeImage get_node(PackReader& r) {
  r.open();
  policy::NodeImage node{
      .moid = r.text(), .id = r.number<int>(), .created = get_time(r), .parent = r.text()};
  r.close();
  return node;
}

void put_disk(PackWriter& w, const policy::DiskImage& disk) {
  w.open();
  w.number(disk.key);
  put_texts(w, disk.files);
  w.number(disk.depth);
  w.open();
  for (const auto& [snapshot, layers] : disk.owned) {
    w.text(snapshot);
    w.number(layers);
  }
  w.close();
  w.close();
}

policy::DiskImage get_disk(PackReader& r) {
  r.open();
  policy::DiskImage disk{
      .key = r.number<int>(), .files = get_texts(r), .depth = r.number<int>(), .owned = {}};
  r.open();
  while (r.more()) {
    std::string snapshot = r.text();
    disk.owned.insert_or_assign(std::move(snapshot), r.number<int>());
  }
  r.close();
  r.close();
  return disk;
}

policy::Power get_power(PackReader& r) {
  const std::string text = r.text();
  if (const auto power = from_word<policy::Power>(text)) return *power;
  throw PackError("unknown word \"" + text + "\"");
}

policy::VmImage get_image(PackReader& r) {
  r.open();
  policy::VmImage image{.read = get_time(r),
                        .change_version = r.text(),
                        .nodes = get_list(r, get_node),
                        .current = r.text(),
                        .disks = get_list(r, get_disk),
                        .consolidation_needed = r.number<bool>(),
                        .helper = r.number<bool>(),
                        .layers_known = r.number<bool>(),
                        .power = get_power(r)};
  r.close();
  return image;
}

policy::CloneImage get_clone(PackReader& r) {
  r.open();
  policy::CloneImage clone{.name = r.text(),
                           .folder = r.text(),
                           .datastore = r.text(),
                           .host = r.text(),
                           .pool = r.text(),
                           .path = r.text(),
                           .linked = r.number<bool>(),
                           .as_template = r.number<bool>(),
                           .moid = r.text(),
                           .instance_uuid = r.text(),
                           .change_version = r.text(),
                           .bytes = r.number<std::uint64_t>()};
  r.close();
  return clone;
}

std::vector<policy::Evidence> get_evidence(PackReader& r) {
  return get_list(r, [](PackReader& pair) {
    return policy::Evidence{.key = pair.text(), .value = pair.text()};
  });
}

}  // namespace

std::string text_of(const policy::VmImage& image) {
  std::string text;
  PackWriter w(text);
  w.open();
  put_time(w, image.read);
  w.text(image.change_version);
  w.open();
  for (const policy::NodeImage& node : image.nodes) put_node(w, node);
  w.close();
  w.text(image.current);
  w.open();
  for (const policy::DiskImage& disk : image.disks) put_disk(w, disk);
  w.close();
  w.number(image.consolidation_needed);
  w.number(image.helper);
  w.number(image.layers_known);
  w.text(word(image.power));
  w.close();
  return text;
}

std::string text_of(const policy::CloneImage& image) {
  std::string text;
  PackWriter w(text);
  w.open();
  for (const std::string* part :
       {&image.name, &image.folder, &image.datastore, &image.host, &image.pool, &image.path}) {
    w.text(*part);
  }
  w.number(image.linked);
  w.number(image.as_template);
  w.text(image.moid);
  w.text(image.instance_uuid);
  w.text(image.change_version);
  w.number(image.bytes);
  w.close();
  return text;
}

std::string text_of(const std::vector<policy::Evidence>& evidence) {
  std::string text;
  PackWriter w(text);
  w.open();
  for (const policy::Evidence& item : evidence) {
    w.text(item.key);
    w.text(item.value);
  }
  w.close();
  return text;
}

std::string text_of(const std::vector<std::string>& texts) {
  std::string text;
  PackWriter w(text);
  put_texts(w, texts);
  return text;
}

policy::VmImage vm_image_of(std::string_view text) { return unpack(text, get_image); }
policy::CloneImage clone_image_of(std::string_view text) { return unpack(text, get_clone); }
std::vector<policy::Evidence> evidence_of(std::string_view text) {
  return unpack(text, get_evidence);
}
std::vector<std::string> texts_of(std::string_view text) { return unpack(text, get_texts); }

}  // namespace storage
