#include "tests/simulator/services/rest.h"

#include <algorithm>
#include <mutex>

#include "tests/simulator/model/operations.h"
#include "tests/simulator/services/targets.h"

namespace sim {
namespace {

using nlohmann::json;

constexpr const char* kSessionHeader = "vmware-api-session-id";
constexpr std::size_t kMostIds = 2000;  // of one batch

struct RestError {
  int status;
  std::string type, message;
};

[[noreturn]] void not_found(const std::string& what) {
  throw RestError{404, "not_found", what + " does not exist."};
}
[[noreturn]] void bad_request(const std::string& what) {
  throw RestError{400, "invalid_argument", what};
}

/// RFC 4648, without line breaks; nothing for what is no base64.
std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xff);
    }
  }
  return out;
}

const Tag& tag_of(const World& world, const std::string& id) {
  for (const auto& tag : world.tags)
    if (tag.id == id) return tag;
  not_found("The tag " + id);
}

const TagCategory& category_of(const World& world, const std::string& id) {
  for (const auto& category : world.categories)
    if (category.id == id) return category;
  not_found("The category " + id);
}

json object_id(const Ref& ref) { return {{"id", ref.value}, {"type", ref.type}}; }

Ref ref_in(const json& id) {
  return {id.at("type").get<std::string>(), id.at("id").get<std::string>()};
}

json attached_tags(const World& world, const Ref& object) {
  json ids = json::array();
  for (const auto& tag : world.tags)
    if (std::find(tag.attached.begin(), tag.attached.end(), object) != tag.attached.end())
      ids.push_back(tag.id);
  return ids;
}

json attached_objects(const Tag& tag) {
  json ids = json::array();
  for (const auto& ref : tag.attached) ids.push_back(object_id(ref));
  return ids;
}

/// Untagged objects are left out of the answer, as an association that is not there.
json tags_on_objects(const World& world, const json& body) {
  const auto& ids = body.at("object_ids");
  if (ids.size() > kMostIds) bad_request("More than 2000 object_ids in one request.");
  json list = json::array();
  for (const auto& id : ids) {
    json tags = attached_tags(world, ref_in(id));
    if (!tags.empty()) list.push_back({{"object_id", id}, {"tag_ids", std::move(tags)}});
  }
  return list;
}

json objects_on_tags(const World& world, const json& body) {
  const auto& ids = body.at("tag_ids");
  if (ids.size() > kMostIds) bad_request("More than 2000 tag_ids in one request.");
  json list = json::array();
  for (const auto& id : ids) {
    const Tag& tag = tag_of(world, id.get<std::string>());
    list.push_back({{"tag_id", tag.id}, {"object_ids", attached_objects(tag)}});
  }
  return list;
}

/// The fields of a new tag or category: wrapped in /rest, bare in /api.
const json& spec_in(const json& body) {
  return body.contains("create_spec") ? body.at("create_spec") : body;
}

/// "urn:vmomi:InventoryServiceTag:<uuid>:GLOBAL"
std::string new_id(World& world, const std::string& kind) {
  return "urn:vmomi:InventoryService" + kind + ":" + Operations::uuid_from(world.random()(), "") +
         ":GLOBAL";
}

[[noreturn]] void taken(const std::string& name) {
  throw RestError{400, "already_exists", "The name " + name + " is taken."};
}

std::string create_category(World& world, const json& body) {
  const json& spec = spec_in(body);
  TagCategory made{new_id(world, "Category"), spec.at("name").get<std::string>()};
  for (const auto& other : world.categories)
    if (other.name == made.name) taken(made.name);
  made.description = spec.value("description", "");
  made.single = spec.at("cardinality").get<std::string>() == "SINGLE";
  world.categories.push_back(made);
  return made.id;
}

/// Names are unique within a category.
std::string create_tag(World& world, const json& body) {
  const json& spec = spec_in(body);
  Tag made;
  made.id = new_id(world, "Tag");
  made.name = spec.at("name").get<std::string>();
  made.description = spec.value("description", "");
  made.category = category_of(world, spec.at("category_id").get<std::string>()).id;
  for (const auto& other : world.tags)
    if (other.category == made.category && other.name == made.name) taken(made.name);
  world.tags.push_back(made);
  return made.id;
}

void attach(World& world, const std::string& tag_id, const Ref& object, bool on) {
  require_exists(world, object);
  tag_of(world, tag_id);
  for (auto& tag : world.tags) {
    if (tag.id != tag_id) continue;
    std::erase(tag.attached, object);
    if (on) tag.attached.push_back(object);
  }
}

}  // namespace

struct RestEndpoint::Asked {
  const HttpRequest& request;
  bool api;          ///< /api, or else /rest
  std::string path;  ///< "session", "tagging/tag/ID"
  std::string action;

  HttpReply reply(int status, const json& body) const {
    HttpReply made;
    made.status = status;
    made.content_type = "application/json";
    made.body = (api ? body : json{{"value", body}}).dump();
    return made;
  }
  HttpReply created(const std::string& id) const { return reply(api ? 201 : 200, id); }
  HttpReply done() const {
    HttpReply made;
    made.status = api ? 204 : 200;
    made.content_type = "application/json";
    return made;
  }
  HttpReply error(const RestError& e) const {
    std::string upper = e.type;
    for (auto& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const json messages = json::array(
        {{{"id", "vapi." + e.type}, {"default_message", e.message}, {"args", json::array()}}});
    HttpReply made;
    made.status = e.status;
    made.content_type = "application/json";
    made.body = (api ? json{{"error_type", upper}, {"messages", messages}}
                     : json{{"type", "com.vmware.vapi.std.errors." + e.type},
                            {"value", {{"messages", messages}}}})
                    .dump();
    return made;
  }
  /// "tag/ID" and "tag/id:ID" both name ID; nothing for another folder or the folder itself.
  std::optional<std::string> id_under(const std::string& folder) const {
    if (!path.starts_with(folder + "/")) return std::nullopt;
    std::string id = path.substr(folder.size() + 1);
    return id.starts_with("id:") ? id.substr(3) : id;
  }
  json body() const { return json::parse(request.body); }
};

HttpReply RestEndpoint::handle(const HttpRequest& request) {
  const std::string old_prefix = "/rest/com/vmware/cis/", api_prefix = "/api/";
  Asked asked{request, request.path.starts_with(api_prefix), {}, {}};
  if (asked.api)
    asked.path = request.path.substr(api_prefix.size());
  else if (request.path.starts_with(old_prefix))
    asked.path = request.path.substr(old_prefix.size());
  if (asked.api && asked.path.starts_with("cis/")) asked.path.erase(0, 4);
  const auto action = request.query.find(asked.api ? "action" : "~action");
  if (action != request.query.end()) asked.action = action->second;

  const std::lock_guard hold(world_.mutex);
  world_.now();
  try {
    if (asked.path == "session") return session(asked);
    if (sessions_.find(world_, request.header(kSessionHeader)) == nullptr)
      throw RestError{401, "unauthenticated", "Unable to authenticate user"};
    if (asked.path.starts_with("tagging/")) return tagging(asked);
    not_found(request.method + " " + request.path);
  } catch (const RestError& error) {
    return asked.error(error);
  } catch (const FaultReply& fault) {
    return asked.error({404, "not_found", fault.fault.message});
  } catch (const json::exception&) {
    return asked.error({400, "invalid_argument", "The request body is not what this needs."});
  }
}

HttpReply RestEndpoint::session(const Asked& asked) {
  const std::string& method = asked.request.method;
  if (method == "POST" && asked.action != "get") {
    const std::string header = asked.request.header("authorization");
    const auto pair =
        header.starts_with("Basic ") ? from_base64(header.substr(6)) : std::optional<std::string>();
    const auto colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos ||
        !sessions_.knows(pair->substr(0, colon), pair->substr(colon + 1)))
      throw RestError{401, "unauthenticated", "Authentication required."};
    const SessionState* made = sessions_.open(world_, pair->substr(0, colon));
    if (made == nullptr)
      throw RestError{503, "service_unavailable", "User session count is limited."};
    return asked.reply(asked.api ? 201 : 200, made->cookie);
  }
  const std::string id = asked.request.header(kSessionHeader);
  const SessionState* found = sessions_.find(world_, id);
  if (found == nullptr) throw RestError{401, "unauthenticated", "Authentication required."};
  if (method == "DELETE") {
    sessions_.close(id);
    return asked.done();
  }
  if (method == "GET" || method == "POST") return asked.reply(200, {{"user", found->user}});
  not_found(method + " " + asked.request.path);
}

HttpReply RestEndpoint::tagging(const Asked& asked) {
  json list = json::array();
  if (asked.path.starts_with("tagging/tag-association")) return association(asked);
  if (asked.request.method == "POST" && asked.path == "tagging/category")
    return asked.created(create_category(world_, asked.body()));
  if (asked.request.method == "POST" && asked.path == "tagging/tag")
    return asked.created(create_tag(world_, asked.body()));
  if (asked.request.method != "GET") not_found(asked.request.method + " " + asked.request.path);
  if (asked.path == "tagging/tag") {
    for (const auto& tag : world_.tags) list.push_back(tag.id);
    return asked.reply(200, list);
  }
  if (asked.path == "tagging/category") {
    for (const auto& category : world_.categories) list.push_back(category.id);
    return asked.reply(200, list);
  }
  if (const auto id = asked.id_under("tagging/tag")) {
    const Tag& tag = tag_of(world_, *id);
    return asked.reply(200, {{"id", tag.id},
                             {"name", tag.name},
                             {"description", tag.description},
                             {"category_id", tag.category},
                             {"used_by", json::array()}});
  }
  if (const auto id = asked.id_under("tagging/category")) {
    const TagCategory& category = category_of(world_, *id);
    return asked.reply(200, {{"id", category.id},
                             {"name", category.name},
                             {"description", category.description},
                             {"cardinality", category.single ? "SINGLE" : "MULTIPLE"},
                             {"associable_types", json::array()},
                             {"used_by", json::array()}});
  }
  not_found(asked.request.method + " " + asked.request.path);
}

HttpReply RestEndpoint::association(const Asked& asked) {
  if (asked.request.method != "POST") not_found(asked.request.method + " " + asked.request.path);
  const auto id = asked.id_under("tagging/tag-association");
  if (!id) {
    if (asked.action == "list-attached-tags-on-objects")
      return asked.reply(200, tags_on_objects(world_, asked.body()));
    if (asked.action == "list-attached-objects-on-tags")
      return asked.reply(200, objects_on_tags(world_, asked.body()));
    if (asked.action == "list-attached-tags")
      return asked.reply(200, attached_tags(world_, ref_in(asked.body().at("object_id"))));
  } else if (asked.action == "list-attached-objects") {
    return asked.reply(200, attached_objects(tag_of(world_, *id)));
  } else if (asked.action == "attach" || asked.action == "detach") {
    attach(world_, *id, ref_in(asked.body().at("object_id")), asked.action == "attach");
    return asked.done();
  }
  not_found(asked.request.path + " with action " + asked.action);
}

}  // namespace sim
