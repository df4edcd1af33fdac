#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/unit/vsphere-client/transport_fixture.h"
#include "vsphere-client/replay_transport.h"

namespace vsphere {
namespace {

namespace fs = std::filesystem;

Request soap(const std::string& method, const std::string& inside = "") {
  const std::string head = "<?xml version=\"1.0\"?><soapenv:Envelope xmlns:soapenv=\"x\">";
  const std::string element = "<" + method + " xmlns=\"urn:vim25\">" + inside + "</" + method + ">";
  return call_of(method, head + "<soapenv:Body>" + element + "</soapenv:Body></soapenv:Envelope>");
}

RecordedReply reply_to(const std::string& name, const std::string& body,
                       const std::string& contains = "") {
  RecordedReply reply;
  reply.name = name;
  reply.body = body;
  reply.contains = contains;
  return reply;
}

TEST(ReplayTransport, RequestIsNamedByItsSoapMethodOrVerbAndPath) {
  EXPECT_EQ(request_name(soap("RetrievePropertiesEx")), "RetrievePropertiesEx");
  const Request prefixed =
      call_of("x", "<S:Envelope><S:Header/><S:Body><v:Login/></S:Body></S:Envelope>");
  EXPECT_EQ(request_name(prefixed), "Login");
  Request read;
  read.verb = Verb::Get;
  read.path = "/sdk/vimServiceVersions.xml";
  EXPECT_EQ(request_name(read), "GET /sdk/vimServiceVersions.xml");
  Request rest = call_of("x", R"({"tag_ids":[]})");
  rest.path = "/api/x";
  EXPECT_EQ(request_name(rest), "POST /api/x");
  rest.verb = Verb::Delete;
  rest.body.clear();
  EXPECT_EQ(request_name(rest), "DELETE /api/x");
}

TEST(ReplayTransport, MatchingServesByMethodInOrderAndRepeatsTheLast) {
  ReplayTransport transport({reply_to("A", "a1"), reply_to("B", "b"), reply_to("A", "a2")});
  EXPECT_EQ(send(transport, soap("B")).body, "b");
  EXPECT_EQ(send(transport, soap("A")).body, "a1");
  EXPECT_EQ(transport.unused(), 1u);
  EXPECT_EQ(send(transport, soap("A")).body, "a2");
  EXPECT_EQ(send(transport, soap("A")).body, "a2");
  EXPECT_EQ(transport.unused(), 0u);
  EXPECT_EQ(transport.requests().size(), 4u);
}

TEST(ReplayTransport, ContinuationIsFoundByItsToken) {
  const std::string name = "ContinueRetrievePropertiesEx";
  ReplayTransport transport({reply_to(name, "page two", "<token>1</token>"),
                             reply_to(name, "page one", "<token>0</token>")});
  EXPECT_EQ(send(transport, soap(name, "<token>0</token>")).body, "page one");
  EXPECT_EQ(send(transport, soap(name, "<token>1</token>")).body, "page two");
  EXPECT_THROW(send(transport, soap(name, "<token>7</token>")), std::logic_error);
}

TEST(ReplayTransport, StrictOrderRefusesWhatComesOutOfTurn) {
  ReplayTransport transport({reply_to("A", "a"), reply_to("B", "b")},
                            ReplayTransport::Order::Strict);
  EXPECT_THROW(send(transport, soap("B")), std::logic_error);
  EXPECT_EQ(send(transport, soap("A")).body, "a");
  EXPECT_EQ(send(transport, soap("B")).body, "b");
  EXPECT_THROW(send(transport, soap("B")), std::logic_error);
}

TEST(ReplayTransport, BodyComesInPiecesOfTheChosenSize) {
  for (const std::size_t size : {1u, 3u, 100u}) {
    RecordedReply recorded = reply_to("A", "0123456789");
    recorded.status = 500;
    ReplayTransport transport({recorded}, ReplayTransport::Order::Strict, size);
    std::string body;
    std::size_t pieces = 0;
    const Reply reply = transport.send(soap("A"), [&](int status, std::string_view chunk) {
      EXPECT_EQ(status, 500);
      EXPECT_LE(chunk.size(), size);
      body += chunk;
      ++pieces;
    });
    EXPECT_EQ(body, "0123456789");
    EXPECT_EQ(pieces, (10 + size - 1) / size);
    EXPECT_EQ(reply.body_bytes, 10u);
  }
}

class Directory {
 public:
  Directory() : path_((fs::temp_directory_path() / "deltakeep-replay-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make a directory");
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  fs::path path() const { return path_; }
  void save(const std::string& name, const std::string& text) const {
    fs::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << text;
  }

 private:
  std::string path_;
};

TEST(Recording, FilesAreReadInOrderOfTheirNames) {
  const Directory directory;
  directory.save("001-Login.request.xml", "<not read/>");
  directory.save("001-Fault-for-Login.xml", "<fault/>");
  directory.save("000-RetrieveServiceContentResponse.xml", "<content/>");
  directory.save("002-Logout.xml", "<bye/>");
  directory.save("notes.txt", "not read");
  const auto replies = load_recording(directory.path());
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[0].name, "RetrieveServiceContent");
  EXPECT_EQ(replies[0].status, 200);
  EXPECT_EQ(replies[1].name, "Login");
  EXPECT_EQ(replies[1].status, 500);
  EXPECT_EQ(replies[1].body, "<fault/>");
  EXPECT_EQ(replies[2].name, "Logout");
}

TEST(Recording, MetaFileGivesStatusHeadersAndSharedBodies) {
  const Directory root;
  root.save("set/other/000-shared.xml", "<shared/>");
  root.save("set/session/001-Fault.xml", "<fault/>");
  root.save("set/session/meta.json", R"([
    {"n":0,"req":"","uri":"https://vc/sdk/vimServiceVersions.xml","status":{"code":200},
     "dup_of":"set/other/000-shared.xml",
     "resp_headers":{"Set-Cookie":["a=\"1\"","b=2"],"Content-Length":["9"]}},
    {"n":1,"req":"Login","uri":"https://vc/sdk","status":{"code":500},
     "file":"set/session/001-Fault.xml","resp_headers":{}}])");
  const auto replies = load_recording(root.path() / "set" / "session" / "");
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].name, "GET /sdk/vimServiceVersions.xml");
  EXPECT_EQ(replies[0].body, "<shared/>");
  const Headers cookies = {{"set-cookie", "a=\"1\""}, {"set-cookie", "b=2"}};
  EXPECT_EQ(replies[0].headers, cookies);
  EXPECT_EQ(replies[1].name, "Login");
  EXPECT_EQ(replies[1].status, 500);
}

TEST(Recording, WhatIsMissingOrBrokenIsNamed) {
  EXPECT_THROW(load_recording("/nonexistent"), std::runtime_error);
  const Directory empty;
  EXPECT_THROW(load_recording(empty.path()), std::runtime_error);
  const Directory root;
  root.save("set/a/meta.json", R"([{"req":"X","status":{"code":200},"resp_headers":{},
                                    "file":"set/a/gone.xml"}])");
  try {
    load_recording(root.path() / "set" / "a");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("gone.xml"));
  }
  root.save("set/b/meta.json", "[{]");
  EXPECT_THROW(load_recording(root.path() / "set" / "b"), std::runtime_error);
}

TEST(Recording, RealSessionsReplayByteForByteInAnyChunkSize) {
  const char* elsewhere = std::getenv("DELTAKEEP_RECORDINGS");
  const fs::path root = elsewhere != nullptr
                            ? fs::path(elsewhere)
                            : fs::path(DELTAKEEP_SOURCE_DIR "/../shared/facts/recordings");
  const fs::path session = root / "manageiq-history" / "inventory__collector__classic@0dc6ec1c";
  if (!fs::exists(session)) GTEST_SKIP() << "no recordings at " << root;
  const auto replies = load_recording(session);
  ASSERT_GT(replies.size(), 20u);
  ReplayTransport whole(replies, ReplayTransport::Order::Strict);
  ReplayTransport pieces(replies, ReplayTransport::Order::Strict, 1000);
  std::size_t bytes = 0;
  for (const RecordedReply& recorded : replies) {
    const Request request = soap(recorded.name);
    const Answer answer = send(pieces, request);
    EXPECT_EQ(answer.body, send(whole, request).body);
    EXPECT_EQ(answer.reply.status, recorded.status);
    bytes += answer.body.size();
  }
  EXPECT_GT(bytes, 100'000u);
  EXPECT_EQ(whole.unused(), 0u);
}

}  // namespace
}  // namespace vsphere
