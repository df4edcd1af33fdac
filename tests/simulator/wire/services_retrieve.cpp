// PropertyCollector: reading at once, in pages.
#include <algorithm>

#include "tests/simulator/wire/collector_services.h"
#include "tests/simulator/wire/soap.h"

namespace sim {
namespace {

void write_ref(std::string& out, std::string_view element, const Ref& ref) {
  out.append("<").append(element).append(" type=\"").append(ref.type).append("\">");
  append_escaped(out, ref.value);
  out.append("</").append(element).append(">");
}

/// Properties that nobody needs a session for.
bool is_public(const Ref& object) {
  return object.type == "ServiceInstance" || object.type == "SessionManager";
}

void write_not_authenticated(std::string& out, const Ref& object, const std::string& path,
                             const std::string& version) {
  const FaultValue fault{.type = "NotAuthenticated",
                         .fields = {{"privilegeId", "System.View"}},
                         .refs = {{"object", object}}};
  Value missing = Value::object("MissingProperty");
  missing.set("path", Value::text(path));
  missing.set("fault", Value::object("LocalizedMethodFault")
                           .set("fault", fault_value(fault))
                           .set("localizedMessage", Value::text("")));
  write_value(out, "missingSet", missing, "MissingProperty", version);
}

void write_content(std::string& out, std::string_view element, Call& call, const Properties& from,
                   const Ref& object, const std::vector<std::string>& paths) {
  out.append("<").append(element).append(">");
  write_ref(out, "obj", object);
  const bool allowed = call.session != nullptr || is_public(object);
  for (const std::string& path : paths) {
    if (!allowed) {
      write_not_authenticated(out, object, path, call.api_version);
    } else if (const auto value = read_property(call, from, object, path)) {
      out += "<propSet><name>";
      append_escaped(out, path);
      out += "</name>";
      write_value(out, "val", *value, "", call.api_version);
      out += "</propSet>";
    }
  }
  out.append("</").append(element).append(">");
}

void require_session_for_views(const Call& call, const FilterSpec& spec) {
  if (call.session != nullptr) return;
  for (const FilterSpec::Start& start : spec.starts) {
    if (!start.object.value.starts_with("session[") && start.selections.empty()) continue;
    throw FaultReply{{.type = "NotAuthenticated",
                      .message = "The session is not authenticated.",
                      .fields = {{"privilegeId", "System.View"}},
                      .refs = {{"object", start.object}}}};
  }
}

/// Writes objects from `rest.next` on, at most a page; those gone meanwhile are left out.
std::string write_page(Call& call, const Properties& from, Rest& rest, std::string_view element) {
  std::map<std::string, std::vector<std::string>> paths;
  std::string out;
  for (std::size_t n = 0; n < rest.page && rest.next < rest.objects.size(); ++rest.next) {
    const Ref& object = rest.objects[rest.next];
    if (!exists(call, object)) continue;
    auto known = paths.find(object.type);
    if (known == paths.end()) {
      known = paths.emplace(object.type, paths_for(from, rest.spec, object.type)).first;
    }
    write_content(out, element, call, from, object, known->second);
    ++n;
  }
  return out;
}

std::vector<FilterSpec> specs_of(const Call& call) {
  std::vector<FilterSpec> specs;
  for (const pugi::xml_node& child : call.arguments.children()) {
    if (local_name(child) == "specSet") specs.push_back(parse_filter_spec(child));
  }
  if (specs.empty()) {
    throw FaultReply{{.type = "InvalidArgument",
                      .message = "A specified parameter was not correct: specSet",
                      .fields = {{"invalidProperty", "specSet"}}}};
  }
  return specs;
}

std::string retrieve_properties(Call& call, const Properties& from) {
  std::string out;
  for (FilterSpec& spec : specs_of(call)) {
    require_session_for_views(call, spec);
    Rest rest{.spec = spec, .objects = reach(call, from, spec)};
    rest.page = rest.objects.size();
    out += write_page(call, from, rest, "returnval");
  }
  return out;
}

std::string answer_page(Call& call, const Properties& from, Rest rest) {
  const std::string objects = write_page(call, from, rest, "objects");
  std::string token;
  if (rest.next < rest.objects.size() && call.session != nullptr) {
    Collector& collector = self_collector(call);
    token = std::to_string(collector.next_token++);
    collector.rests[token] = std::move(rest);
  }
  if (objects.empty() && token.empty()) return {};
  return "<returnval>" + (token.empty() ? "" : "<token>" + token + "</token>") + objects +
         "</returnval>";
}

std::string retrieve_properties_ex(Call& call, const Properties& from) {
  std::vector<FilterSpec> specs = specs_of(call);
  Rest rest;
  rest.page = kPage;
  const std::string limit =
      child_named(child_named(call.arguments, "options"), "maxObjects").text().get();
  if (!limit.empty()) {
    const long asked = std::strtol(limit.c_str(), nullptr, 10);
    if (asked <= 0) {
      throw FaultReply{{.type = "InvalidArgument",
                        .message = "A specified parameter was not correct: options.maxObjects",
                        .fields = {{"invalidProperty", "options.maxObjects"}}}};
    }
    rest.page = std::min(kPage, static_cast<std::size_t>(asked));
  }
  // Several specifications answer as one list; an object's properties come from all of them.
  for (const FilterSpec& spec : specs) {
    require_session_for_views(call, spec);
    for (Ref& object : reach(call, from, spec)) {
      if (specs.size() == 1 ||
          std::find(rest.objects.begin(), rest.objects.end(), object) == rest.objects.end()) {
        rest.objects.push_back(std::move(object));
      }
    }
    rest.spec.properties.insert(rest.spec.properties.end(), spec.properties.begin(),
                                spec.properties.end());
  }
  return answer_page(call, from, std::move(rest));
}

/// Takes the pages that the token stands for: a token works once.
Rest take_rest(Call& call) {
  Collector& collector = self_collector(call);
  const auto found = collector.rests.find(text_argument(call, "token"));
  if (found == collector.rests.end()) {
    throw FaultReply{{.type = "InvalidArgument",
                      .message = "A specified parameter was not correct: token",
                      .fields = {{"invalidProperty", "token"}}}};
  }
  Rest rest = std::move(found->second);
  collector.rests.erase(found);
  return rest;
}

}  // namespace

void add_retrieve_services(ServiceTable& table, const Source& source) {
  using Needs = ServiceEntry::Needs;
  const char* const type = "PropertyCollector";
  table.add({type, "RetrieveProperties", Needs::Nothing, "",
             [source](Call& call) { return retrieve_properties(call, *source); }});
  table.add({type, "RetrievePropertiesEx", Needs::Nothing, "",
             [source](Call& call) { return retrieve_properties_ex(call, *source); }});
  table.add({type, "ContinueRetrievePropertiesEx", Needs::Session, "System.View",
             [source](Call& call) { return answer_page(call, *source, take_rest(call)); }});
  table.add({type, "CancelRetrievePropertiesEx", Needs::Session, "System.View", [](Call& call) {
               take_rest(call);
               return std::string();
             }});
}

}  // namespace sim
