#include "tests/simulator/control_test/desk.h"

namespace sim {
namespace {

using nlohmann::json;

// administrator@vsphere.local:swordfish
const std::string kBasic = "Basic YWRtaW5pc3RyYXRvckB2c3BoZXJlLmxvY2FsOnN3b3JkZmlzaA==";

class Rest : public Desk {
 protected:
  Rest() {
    world_.categories.push_back({"urn:cat:1", "Backup"});
    world_.tags.push_back({"urn:tag:1", "gold", "daily", "urn:cat:1", {vm_}});
  }
  std::map<std::string, std::string> login() {
    const auto reply = rest("POST", "/api/session", "", {{"authorization", kBasic}});
    EXPECT_EQ(reply.status, 201);
    return {{"vmware-api-session-id", json::parse(reply.body).get<std::string>()}};
  }
  const std::string batch_ = R"({"object_ids":[{"id":"vm-1","type":"VirtualMachine"},
                                              {"id":"vm-2","type":"VirtualMachine"}]})";
};

TEST_F(Rest, OldSessionsAreWrappedAndNewOnesBare) {
  const auto old = rest("POST", "/rest/com/vmware/cis/session", "", {{"authorization", kBasic}});
  EXPECT_EQ(old.status, 200);
  EXPECT_TRUE(json::parse(old.body)["value"].is_string());
  EXPECT_TRUE(login().at("vmware-api-session-id").size() > 20);
}

TEST_F(Rest, AWrongPasswordOrNoSessionIs401) {
  EXPECT_EQ(rest("POST", "/api/session", "", {{"authorization", "Basic YTpi"}}).status, 401);
  EXPECT_EQ(rest("GET", "/api/cis/tagging/tag").status, 401);
}

TEST_F(Rest, ASessionEndsWithDelete) {
  const auto session = login();
  EXPECT_EQ(rest("GET", "/api/session", "", session).status, 200);
  EXPECT_EQ(rest("DELETE", "/api/session", "", session).status, 204);
  EXPECT_EQ(rest("GET", "/api/session", "", session).status, 401);
}

TEST_F(Rest, TagsOfABatchComeInBothDialects) {
  const auto session = login();
  const json expected = json::parse(
      R"([{"object_id":{"id":"vm-1","type":"VirtualMachine"},"tag_ids":["urn:tag:1"]}])");
  const auto bare =
      rest("POST", "/api/cis/tagging/tag-association?action=list-attached-tags-on-objects", batch_,
           session);
  const auto wrapped = rest(
      "POST", "/rest/com/vmware/cis/tagging/tag-association?~action=list-attached-tags-on-objects",
      batch_, session);
  EXPECT_EQ(json::parse(bare.body), expected);
  EXPECT_EQ(json::parse(wrapped.body)["value"], expected);
}

TEST_F(Rest, TagAndCategoryAreReadByIdInBothSpellings) {
  const auto session = login();
  EXPECT_EQ(json::parse(rest("GET", "/api/cis/tagging/tag", "", session).body),
            json({"urn:tag:1"}));
  const auto tag = json::parse(rest("GET", "/api/cis/tagging/tag/urn:tag:1", "", session).body);
  EXPECT_EQ(tag["name"], "gold");
  EXPECT_EQ(tag["category_id"], "urn:cat:1");
  const auto category =
      rest("GET", "/rest/com/vmware/cis/tagging/category/id:urn:cat:1", "", session);
  EXPECT_EQ(json::parse(category.body)["value"]["name"], "Backup");
  EXPECT_EQ(rest("GET", "/api/cis/tagging/tag/urn:tag:9", "", session).status, 404);
}

TEST_F(Rest, ATagIsAttachedAndDetached) {
  const auto session = login();
  const std::string tag = "/api/cis/tagging/tag-association/urn:tag:1?action=";
  const std::string db = R"({"object_id":{"id":"vm-2","type":"VirtualMachine"}})";
  EXPECT_EQ(rest("POST", tag + "attach", db, session).status, 204);
  EXPECT_EQ(json::parse(rest("POST", tag + "list-attached-objects", "", session).body).size(), 2u);
  EXPECT_EQ(rest("POST", tag + "detach", db, session).status, 204);
  EXPECT_EQ(json::parse(rest("POST", tag + "list-attached-objects", "", session).body).size(), 1u);
  EXPECT_EQ(rest("POST", tag + "attach", "{]", session).status, 400);
}

}  // namespace
}  // namespace sim
