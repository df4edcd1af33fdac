#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "vsphere-client/replay_transport.h"

namespace vsphere {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string load_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) throw std::runtime_error("recording: cannot read " + file.string());
  return text;
}

/// Says how the body was sent then, which is not how it is sent now.
bool is_framing(const std::string& name) {
  return name == "content-length" || name == "transfer-encoding" || name == "content-encoding" ||
         name == "connection";
}

Headers headers_of(const json& recorded) {
  Headers headers;
  for (const auto& [name, values] : recorded.items()) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (is_framing(lower)) continue;
    for (const json& value : values) headers.emplace_back(lower, value.get<std::string>());
  }
  return headers;
}

/// What stands behind scheme and host.
std::string path_of(const std::string& uri) {
  const auto scheme = uri.find("://");
  const auto slash = uri.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  return slash == std::string::npos ? "/" : uri.substr(slash);
}

std::vector<RecordedReply> load_with_meta(const fs::path& directory) {
  const fs::path root = fs::canonical(directory).parent_path().parent_path();
  const fs::path meta = directory / "meta.json";
  std::vector<RecordedReply> replies;
  try {
    for (const json& entry : json::parse(load_file(meta))) {
      RecordedReply reply;
      const auto method = entry.at("req").get<std::string>();
      // An exchange without a SOAP request is a GET: the service versions.
      reply.name = method.empty() ? "GET " + path_of(entry.at("uri").get<std::string>()) : method;
      reply.status = entry.at("status").at("code").get<int>();
      reply.headers = headers_of(entry.at("resp_headers"));
      const char* where = entry.contains("file") ? "file" : "dup_of";
      reply.body = load_file(root / entry.at(where).get<std::string>());
      replies.push_back(std::move(reply));
    }
  } catch (const json::exception& error) {
    throw std::runtime_error("recording: " + meta.string() + ": " + error.what());
  }
  return replies;
}

bool drop_prefix(std::string& text, std::string_view prefix) {
  if (text.compare(0, prefix.size(), prefix) != 0) return false;
  text.erase(0, prefix.size());
  return true;
}

bool drop_suffix(std::string& text, std::string_view suffix) {
  if (text.size() < suffix.size()) return false;
  const std::size_t start = text.size() - suffix.size();
  if (text.compare(start, suffix.size(), suffix) != 0) return false;
  text.erase(start);
  return true;
}

std::vector<RecordedReply> load_by_name(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<RecordedReply> replies;
  for (const fs::path& file : files) {
    std::string name = file.filename().string();
    const auto dash = name.find('-');
    if (dash == std::string::npos || !drop_suffix(name, ".xml")) continue;
    if (drop_suffix(name, ".request")) continue;
    name.erase(0, dash + 1);
    RecordedReply reply;
    if (drop_prefix(name, "Fault-for-")) reply.status = 500;
    drop_suffix(name, "Response");
    reply.name = name;
    reply.body = load_file(file);
    replies.push_back(std::move(reply));
  }
  return replies;
}

}  // namespace

std::vector<RecordedReply> load_recording(const std::filesystem::path& directory) {
  if (!fs::is_directory(directory)) {
    throw std::runtime_error("recording: " + directory.string() + " is not a directory");
  }
  auto replies =
      fs::exists(directory / "meta.json") ? load_with_meta(directory) : load_by_name(directory);
  if (replies.empty()) throw std::runtime_error("recording: no reply in " + directory.string());
  return replies;
}

}  // namespace vsphere
