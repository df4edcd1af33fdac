// select = { ..., exclude = { ... } }: which VMs a policy is about.
#include "agent/cli/safe_text.h"
#include "agent/config/sections.h"

namespace agent {
namespace {

// "category:name"; more colons belong to the name.
void read_tags(Fields& fields, Selector& out) {
  for (PlacedText& tag : fields.placed_texts("tag")) {
    const std::size_t colon = tag.value.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == tag.value.size()) {
      fields.problem(tag.place, fields.name("tag") + " is \"" + safe_text(tag.value) +
                                    "\"; expected CATEGORY:TAG such as \"backup:daily\"");
    }
    out.tag.push_back(std::move(tag.value));
  }
}

void read_folders(Fields& fields, Selector& out) {
  for (PlacedText& folder : fields.placed_texts("folder")) {
    if (!folder.value.starts_with("/")) {
      fields.problem(folder.place, fields.name("folder") + " is \"" + safe_text(folder.value) +
                                       "\"; expected an inventory path such as \"/DC0/vm/prod\"");
    }
    out.folder.push_back(std::move(folder.value));
  }
}

void read_attributes(Fields& fields, const std::string& prefix, Selector& out, Reading& reading) {
  const Node* table = fields.table("attribute");
  if (!table) return;
  Fields attributes(*table, fields.where(), reading.problems, prefix + "attribute.");
  for (const Member& member : table->members) {
    std::vector<std::string> values;
    attributes.texts(member.key.c_str(), values);
    for (std::string& value : values) out.attribute.emplace_back(member.key, std::move(value));
  }
}

void read_selector(Fields& fields, const std::string& prefix, Selector& out, Reading& reading) {
  fields.texts("name", out.name);
  read_folders(fields, out);
  fields.texts("cluster", out.cluster);
  fields.texts("datastore", out.datastore);
  read_tags(fields, out);
  for (PlacedText& name : fields.placed_texts("vcenter")) {
    reading.references.push_back(
        {Reference::To::Vcenter, name.value, name.place, fields.name("vcenter")});
    out.vcenter.push_back(std::move(name.value));
  }
  read_attributes(fields, prefix, out, reading);
}

}  // namespace

void read_selection(const Node& table, const std::string& policy, PolicyConfig& out,
                    Reading& reading) {
  Fields fields(table, policy, reading.problems, "select.");
  read_selector(fields, "select.", out.select, reading);
  if (const Node* exclude = fields.table("exclude")) {
    const std::string prefix = "select.exclude.";
    Fields excluded(*exclude, policy, reading.problems, prefix);
    read_selector(excluded, prefix, out.exclude, reading);
    excluded.finish();
    if (exclude->members.empty()) {
      fields.problem("exclude",
                     fields.name("exclude") + " is empty; fill it in or leave the key out");
    }
  }
  fields.finish();
  // A mistyped key must not select everything, so "all" has to be said.
  if (table.members.empty() || (table.members.size() == 1 && fields.has("exclude"))) {
    fields.problem(fields.place(),
                   "\"select\" of " + policy + " names no VMs; for all of them: name = \"*\"");
  }
}

}  // namespace agent
