// Replies for tests: the small hand-made files of tests/replies, the recordings where there are
// any, and envelopes made on the spot.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

namespace replies {

inline std::string load_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::filesystem::path folder() {
  return std::filesystem::path(DELTAKEEP_SOURCE_DIR) / "tests" / "replies";
}

/// A file of tests/replies without its ".xml".
inline std::string load(const std::string& name) { return load_file(folder() / (name + ".xml")); }

/// Recordings of real servers are not part of the tree; nothing when they are not at hand.
inline std::optional<std::filesystem::path> recordings() {
  const char* const set = std::getenv("DELTAKEEP_RECORDINGS");
  const std::filesystem::path path = set != nullptr ? std::filesystem::path(set)
                                                    : std::filesystem::path(DELTAKEEP_SOURCE_DIR) /
                                                          ".." / "shared" / "facts" / "recordings";
  if (!std::filesystem::is_directory(path)) return std::nullopt;
  return std::filesystem::canonical(path);
}

inline std::string envelope(const std::string& body) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope"
         " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
         " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
         " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>" +
         body + "</soapenv:Body></soapenv:Envelope>";
}

inline std::string response(const std::string& method, const std::string& inside) {
  return envelope("<" + method + "Response xmlns=\"urn:vim25\">" + inside + "</" + method +
                  "Response>");
}

/// The reply to a call that gives one object.
inline std::string reference(const std::string& method, const std::string& type,
                             const std::string& id) {
  return response(method, "<returnval type=\"" + type + "\">" + id + "</returnval>");
}

}  // namespace replies
