#include <algorithm>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "vsphere-client/facilities.h"
#include "vsphere-client/rest_session.h"

namespace vsphere {
namespace {

using nlohmann::json;

/// Few, because a tag may be on every VM: 20 tags on 10,000 VMs are 11 MB of reply.
constexpr std::size_t kTagsPerCall = 20;

Error not_tagging(const std::string& what) {
  return {ErrorKind::Protocol, Outcome::Unknown,
          "reading tags: the reply is not the tagging service's: " + what};
}

const std::string& text_at(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_string()) {
    throw not_tagging(std::string("no text \"") + name + "\"");
  }
  return object[name].get_ref<const std::string&>();
}

/// An id goes into a path: all but plain characters is escaped, so it can't leave its place.
std::string escaped(const std::string& id) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string path;
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == ':';
    if (plain) {
      path += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      path += '%';
      path += kDigits[byte >> 4];
      path += kDigits[byte & 15];
    }
  }
  return path;
}

class TagReader {
 public:
  explicit TagReader(RestSession& session)
      : session_(session), api_(session.dialect() == RestSession::Dialect::Api) {}

  std::vector<std::string> fetch_tag_ids() {
    const json answer = session_.get("/cis/tagging/tag");
    if (answer.is_null()) return {};
    if (!answer.is_array()) throw not_tagging("no list of tags");
    std::vector<std::string> ids;
    for (const json& id : answer) {
      if (!id.is_string()) throw not_tagging("a tag id is no text");
      ids.push_back(id.get<std::string>());
    }
    return ids;
  }

  /// VMs by tag id, for tags [first, last); a tag on no VM is left out.
  std::map<std::string, std::vector<std::string>> fetch_vms(const std::vector<std::string>& tags,
                                                            std::size_t first, std::size_t last) {
    std::map<std::string, std::vector<std::string>> vms_by_tag;
    std::vector<std::string> vms;  // of the tag that is being read
    const auto item = [&](const json& object) {
      if (object.contains("tag_id")) {
        const std::string& tag = text_at(object, "tag_id");
        if (!vms.empty()) vms_by_tag[tag] = std::move(vms);
        vms.clear();
        return true;
      }
      if (!object.contains("id")) return false;
      if (text_at(object, "type") == "VirtualMachine") vms.push_back(text_at(object, "id"));
      return true;
    };
    const json batch(std::vector<std::string>(tags.begin() + static_cast<std::ptrdiff_t>(first),
                                              tags.begin() + static_cast<std::ptrdiff_t>(last)));
    const std::string path = std::string("/cis/tagging/tag-association?") + (api_ ? "" : "~") +
                             "action=list-attached-objects-on-tags";
    const json answer = session_.post(path, {{"tag_ids", batch}}, item);
    if (!answer.is_array() && !answer.is_null()) throw not_tagging("no list of tags with objects");
    return vms_by_tag;
  }

  /// "category:tag"; nothing when tag or category went away since it was listed.
  std::optional<std::string> fetch_name(const std::string& tag_id) {
    const auto tag = read("/cis/tagging/tag/", tag_id);
    if (!tag) return std::nullopt;
    const std::string& category_id = text_at(*tag, "category_id");
    const auto [category, fresh] = categories_.try_emplace(category_id);
    if (fresh) {
      if (const auto found = read("/cis/tagging/category/", category_id)) {
        category->second = text_at(*found, "name");
      }
    }
    if (!category->second) return std::nullopt;
    return *category->second + ":" + text_at(*tag, "name");
  }

 private:
  std::optional<json> read(const std::string& path, const std::string& id) {
    try {
      return session_.get(path + (api_ ? "" : "id:") + escaped(id));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::NotFound) return std::nullopt;
      throw;
    }
  }

  RestSession& session_;
  bool api_;
  std::map<std::string, std::optional<std::string>> categories_;
};

}  // namespace

std::map<std::string, std::vector<std::string>> fetch_tags(Transport& transport,
                                                           const CredentialSource& credentials) {
  RestSession session(transport, credentials);
  TagReader reader(session);
  std::map<std::string, std::vector<std::string>> names_by_vm;
  const std::vector<std::string> tags = reader.fetch_tag_ids();
  for (std::size_t first = 0; first < tags.size(); first += kTagsPerCall) {
    const std::size_t last = std::min(first + kTagsPerCall, tags.size());
    for (const auto& [tag, vms] : reader.fetch_vms(tags, first, last)) {
      const auto name = reader.fetch_name(tag);
      if (!name) continue;
      for (const std::string& vm : vms) names_by_vm[vm].push_back(*name);
    }
  }
  for (auto& [vm, names] : names_by_vm) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  return names_by_vm;
}

}  // namespace vsphere
