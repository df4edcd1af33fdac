// select = { ..., exclude = { ... } }: which VMs a policy is about.
#include "agent/cli/safe_text.h"
#include "agent/config/sections.h"

namespace agent {
namespace {

// "category:name"; more colons belong to the name.
void check_tags(Fields& fields, const std::vector<std::string>& tags) {
  for (const std::string& tag : tags) {
    const std::size_t colon = tag.find(':');
    if (colon != std::string::npos && colon > 0 && colon + 1 < tag.size()) continue;
    fields.problem("tag", fields.name("tag") + " is \"" + safe_text(tag) +
                              "\"; expected CATEGORY:TAG such as \"backup:daily\"");
  }
}

void read_attributes(Fields& fields, const std::string& where, Selector& out, Reading& reading) {
  const Node* table = fields.table("attribute");
  if (!table) return;
  Fields attributes(*table, "attribute of " + where, reading.problems);
  for (const Member& member : table->members) {
    std::vector<std::string> values;
    attributes.texts(member.key.c_str(), values);
    for (std::string& value : values) out.attribute.emplace_back(member.key, std::move(value));
  }
}

void read_selector(Fields& fields, const std::string& where, Selector& out, Reading& reading) {
  fields.texts("name", out.name);
  fields.texts("folder", out.folder);
  fields.texts("cluster", out.cluster);
  fields.texts("datastore", out.datastore);
  fields.texts("tag", out.tag);
  fields.texts("vcenter", out.vcenter);
  check_tags(fields, out.tag);
  read_attributes(fields, where, out, reading);
  for (const std::string& name : out.vcenter) {
    reading.references.push_back(
        {Reference::To::Vcenter, name, fields.place("vcenter"), fields.where()});
  }
  for (const std::string& folder : out.folder) {
    if (folder.starts_with("/")) continue;
    fields.problem("folder", fields.name("folder") + " is \"" + safe_text(folder) +
                                 "\"; expected an inventory path such as \"/DC0/vm/prod\"");
  }
}

}  // namespace

bool Selector::empty() const {
  return name.empty() && folder.empty() && cluster.empty() && datastore.empty() && tag.empty() &&
         vcenter.empty() && attribute.empty();
}

void read_selection(const Node& table, const std::string& policy, PolicyConfig& out,
                    Reading& reading) {
  const std::string where = "select of " + policy;
  Fields fields(table, where, reading.problems);
  read_selector(fields, where, out.select, reading);
  if (const Node* exclude = fields.table("exclude")) {
    const std::string inner = "exclude of " + policy;
    Fields excluded(*exclude, inner, reading.problems);
    read_selector(excluded, inner, out.exclude, reading);
    excluded.finish();
    if (exclude->members.empty()) {
      fields.problem("exclude", fields.name("exclude") + " is empty; leave the key out");
    }
  }
  fields.finish();
  // A mistyped key must not select everything, so "all" has to be said.
  if (table.members.empty() || (table.members.size() == 1 && fields.has("exclude"))) {
    reading.problems.add(fields.place(), where + " names no VMs; for all of them: name = \"*\"");
  }
}

}  // namespace agent
