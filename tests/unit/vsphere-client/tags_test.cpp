#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/unit/vsphere-client/transport_fixture.h"
#include "vsphere-client/facilities.h"
#include "vsphere-client/replay_transport.h"

namespace vsphere {
namespace {

using nlohmann::json;
using Tags = std::map<std::string, std::vector<std::string>>;

const std::string kId = "b4c1-hunter2";

Credentials operator_login() { return {"operator@vsphere.local", "hunter2"}; }

RecordedReply answer_of(const std::string& name, const std::string& body, int status = 200) {
  RecordedReply reply;
  reply.name = name;
  reply.status = status;
  reply.headers = {{"content-type", "application/json"}};
  reply.body = body;
  return reply;
}

/// A vCenter's REST side in one dialect, with what a case changes put in front.
class RestServer {
 public:
  explicit RestServer(bool api) : api_(api) {}

  std::string path(const std::string& rest) const {
    return (api_ ? "/api" : "/rest/com/vmware") + rest;
  }
  std::string association() const {
    return "POST " + path("/cis/tagging/tag-association?") + (api_ ? "" : "~") +
           "action=list-attached-objects-on-tags";
  }
  std::string session() const { return path(api_ ? "/session" : "/cis/session"); }
  std::string one(const std::string& kind, const std::string& id) const {
    return "GET " + path("/cis/tagging/" + kind + "/") + (api_ ? "" : "id:") + id;
  }
  void add(const std::string& name, const json& value, int status = 200) {
    replies_.push_back(answer_of(name, (api_ ? value : json{{"value", value}}).dump(), status));
  }
  void add_raw(const std::string& name, const std::string& body, int status) {
    replies_.push_back(answer_of(name, body, status));
  }
  void add_login() {
    if (!api_) add_raw("POST /api/session", "not found", 404);
    add("POST " + session(), kId, api_ ? 201 : 200);
    add_raw("DELETE " + session(), "", api_ ? 204 : 200);
  }
  /// Two tags of one category on VMs, one on a host only, one on nothing.
  void add_tags() {
    add("GET " + path("/cis/tagging/tag"), {"t:1", "t:2", "t:3", "t:4"});
    add(association(), json::array({
                           {{"tag_id", "t:1"}, {"object_ids", {vm("vm-1"), vm("vm-2")}}},
                           {{"object_ids", {host("host-9"), vm("vm-1")}}, {"tag_id", "t:2"}},
                           {{"tag_id", "t:3"}, {"object_ids", {host("host-9")}}},
                           {{"tag_id", "t:4"}, {"object_ids", nullptr}},
                       }));
    add(one("tag", "t:1"), {{"name", "daily"}, {"category_id", "c:1"}});
    add(one("tag", "t:2"), {{"name", "copy"}, {"category_id", "c:1"}});
    add(one("category", "c:1"), {{"name", "backup"}});
  }
  static json vm(const std::string& moid) { return {{"id", moid}, {"type", "VirtualMachine"}}; }
  static json host(const std::string& moid) { return {{"id", moid}, {"type", "HostSystem"}}; }

  ReplayTransport transport(std::size_t chunk = 7) const {
    return ReplayTransport(replies_, ReplayTransport::Order::Matching, chunk);
  }

 private:
  bool api_;
  std::vector<RecordedReply> replies_;
};

std::size_t count(const ReplayTransport& transport, const std::string& name) {
  std::size_t found = 0;
  for (const Request& request : transport.requests()) found += request_name(request) == name;
  return found;
}

std::string header(const Request& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

/// What fetch_tags ends in; checks that the session was deleted where one was opened.
Error tags_error(const RestServer& server) {
  ReplayTransport transport = server.transport();
  try {
    fetch_tags(transport, operator_login);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("hunter2")));
    if (transport.requests().size() > 1 && error.kind() != ErrorKind::NotFound) {
      EXPECT_EQ(count(transport, "DELETE " + server.session()), 1u) << error.what();
    }
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorKind::Interrupted, Outcome::Unknown, "none"};
}

TEST(Tags, AreReadInBothDialectsAndEachNameOnce) {
  for (const bool api : {true, false}) {
    RestServer server(api);
    server.add_login();
    server.add_tags();
    ReplayTransport transport = server.transport(1);
    const Tags expected = {{"vm-1", {"backup:copy", "backup:daily"}}, {"vm-2", {"backup:daily"}}};
    EXPECT_EQ(fetch_tags(transport, operator_login), expected);
    EXPECT_EQ(transport.unused(), 0u);
    EXPECT_EQ(count(transport, server.one("category", "c:1")), 1u);
    EXPECT_EQ(count(transport, server.one("tag", "t:3")), 0u) << "on no VM, so not asked for";
  }
}

TEST(Tags, SessionIsOpenedWithBasicAndUsedByHeaderAndDeletedAsAFarewell) {
  RestServer server(true);
  server.add_login();
  server.add_tags();
  ReplayTransport transport = server.transport();
  fetch_tags(transport, operator_login);
  const auto requests = transport.requests();
  // base64 of operator@vsphere.local:hunter2
  EXPECT_EQ(header(requests.front(), "Authorization"),
            "Basic b3BlcmF0b3JAdnNwaGVyZS5sb2NhbDpodW50ZXIy");
  EXPECT_EQ(header(requests.front(), "vmware-use-header-authn"), "true");
  EXPECT_FALSE(requests.front().farewell);
  for (std::size_t i = 1; i < requests.size(); ++i) {
    EXPECT_EQ(header(requests[i], "vmware-api-session-id"), kId);
    EXPECT_EQ(header(requests[i], "Authorization"), "");
  }
  EXPECT_EQ(requests.back().verb, Verb::Delete);
  EXPECT_TRUE(requests.back().farewell);
}

TEST(Tags, ServerWithoutTagsGivesNone) {
  for (const json& none : {json::array(), json(nullptr)}) {
    RestServer server(true);
    server.add_login();
    server.add("GET " + server.path("/cis/tagging/tag"), none);
    ReplayTransport transport = server.transport();
    EXPECT_EQ(fetch_tags(transport, operator_login), Tags{});
    EXPECT_EQ(count(transport, "DELETE " + server.session()), 1u);
  }
}

TEST(Tags, ManyTagsAreAskedForInBatches) {
  RestServer server(true);
  server.add_login();
  json ids = json::array();
  for (int i = 0; i < 45; ++i) ids.push_back("t:" + std::to_string(i));
  server.add("GET " + server.path("/cis/tagging/tag"), ids);
  server.add(server.association(), json::array());
  ReplayTransport transport = server.transport();
  EXPECT_EQ(fetch_tags(transport, operator_login), Tags{});
  std::vector<std::string> asked;
  for (const Request& request : transport.requests()) {
    if (request_name(request) != server.association()) continue;
    const json batch = json::parse(request.body)["tag_ids"];
    EXPECT_LE(batch.size(), 20u);
    for (const json& id : batch) asked.push_back(id);
  }
  EXPECT_EQ(asked, ids.get<std::vector<std::string>>());
}

TEST(Tags, TagThatWentAwayMeanwhileIsLeftOut) {
  RestServer server(true);
  server.add_login();
  server.add("GET " + server.path("/cis/tagging/tag"), {"t:1"});
  server.add(server.association(),
             json::array({{{"tag_id", "t:1"}, {"object_ids", {RestServer::vm("vm-1")}}}}));
  server.add_raw(server.one("tag", "t:1"), "{}", 404);
  ReplayTransport transport = server.transport();
  EXPECT_EQ(fetch_tags(transport, operator_login), Tags{});
}

TEST(Tags, IdThatCouldLeaveItsPlaceInThePathIsEscaped) {
  RestServer server(true);
  server.add_login();
  const std::string id = "../x?a=b c%\n";
  server.add("GET " + server.path("/cis/tagging/tag"), {id});
  server.add(server.association(),
             json::array({{{"tag_id", id}, {"object_ids", {RestServer::vm("vm-1")}}}}));
  const std::string escaped = "%2E%2E%2Fx%3Fa%3Db%20c%25%0A";
  server.add(server.one("tag", escaped), {{"name", "n"}, {"category_id", "c"}});
  server.add(server.one("category", "c"), {{"name", "k"}});
  ReplayTransport transport = server.transport();
  EXPECT_EQ(fetch_tags(transport, operator_login), (Tags{{"vm-1", {"k:n"}}}));
}

TEST(Tags, RefusedLoginIsTriedOnceAndNotOnTheOtherSide) {
  RestServer server(true);
  server.add_raw("POST /api/session", R"({"error_type":"UNAUTHENTICATED"})", 401);
  ReplayTransport transport = server.transport();
  try {
    fetch_tags(transport, operator_login);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Login);
    EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
  }
  EXPECT_EQ(transport.requests().size(), 1u);
}

TEST(Tags, ServerWithNeitherSideIsNotFound) {
  RestServer server(true);
  server.add_raw("POST /api/session", "404 page not found", 404);
  server.add_raw("POST /rest/com/vmware/cis/session", "404 page not found", 404);
  EXPECT_EQ(tags_error(server).kind(), ErrorKind::NotFound);
}

TEST(Tags, StatusOfARefusedReadBecomesItsKindWithTheServersWords) {
  const std::pair<int, ErrorKind> cases[] = {{401, ErrorKind::NotAuthenticated},
                                             {403, ErrorKind::NoPermission},
                                             {404, ErrorKind::NotFound},
                                             {302, ErrorKind::Protocol},
                                             {503, ErrorKind::Fault}};
  for (const auto& [status, kind] : cases) {
    RestServer server(true);
    server.add_login();
    server.add_raw("GET " + server.path("/cis/tagging/tag"),
                   R"({"error_type":"SOME_TYPE","messages":[{"default_message":"no\u001b[31m"}]})",
                   status);
    const Error error = tags_error(server);
    EXPECT_EQ(error.kind(), kind) << status;
    expect_message(error, {"GET /api/cis/tagging/tag", "HTTP " + std::to_string(status),
                           "SOME_TYPE: no?[31m"});
  }
}

TEST(Tags, ReplyThatIsNotTheServicesIsAProtocolError) {
  for (const std::string& body :
       {std::string("<html>gateway</html>"), std::string(), std::string("{"), std::string("[1]"),
        std::string("\"text\""), std::string("[] []"), std::string("{\"a\":1}"),
        std::string(100'000, '[')}) {
    RestServer server(true);
    server.add_login();
    server.add_raw("GET " + server.path("/cis/tagging/tag"), body, 200);
    EXPECT_EQ(tags_error(server).kind(), ErrorKind::Protocol) << body.substr(0, 40);
  }
  for (const char* body : {R"([{"tag_id":1}])", R"([{"tag_id":"t","object_ids":[{"id":1}]}])",
                           R"([{"object_ids":[{"id":"vm-1"}]}])", "\"x\"", "{}"}) {
    RestServer server(true);
    server.add_login();
    server.add("GET " + server.path("/cis/tagging/tag"), {"t"});
    server.add_raw(server.association(), body, 200);
    EXPECT_EQ(tags_error(server).kind(), ErrorKind::Protocol) << body;
  }
}

TEST(Tags, LoginReplyThatHoldsNoSessionIsAProtocolErrorAndIsNotQuoted) {
  for (const std::string body : {"\"b4c1-hunter2", "", "{}", "\"\"", "7", "{\"value\":null}"}) {
    RestServer server(true);
    server.add_raw("POST /api/session", body, 201);
    const Error error = tags_error(server);
    EXPECT_EQ(error.kind(), ErrorKind::Protocol) << body;
  }
}

}  // namespace
}  // namespace vsphere
