#include "policy/selection.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

Vm web(const std::string& name = "web-01") {
  Vm vm;
  vm.identity.endpoint = "prod";
  vm.identity.moid = "vm-1";
  vm.identity.instance_uuid = "uuid-1";
  vm.identity.bios_uuid = "bios-1";
  vm.identity.name = name;
  vm.place.path = "/DC0/vm/prod/front/" + name;
  vm.place.cluster = "C1";
  vm.place.datastores = {"datastore-1", "datastore-2"};
  vm.place.tags = {"backup:daily", "tier:gold"};
  vm.place.attributes = {{"owner", "web team"}};
  return vm;
}

std::vector<Datastore> datastores() {
  Datastore one;
  one.endpoint = "prod";
  one.moid = "datastore-1";
  one.name = "fast [ssd]";
  return {one};
}

SelectionRule rule(Selector select, const std::string& policy = "daily",
                   Method method = Method::Snapshot) {
  return {.policy = policy, .method = method, .select = std::move(select), .exclude = {}};
}

bool selects(Selector select, const Vm& vm = web()) {
  return !Selecting({rule(std::move(select))}, datastores(), {}).of(vm).policies.empty();
}

TEST(Selection, MatchesPatternsAsAPersonReadsThem) {
  EXPECT_TRUE(matches_pattern("web-*", "web-01"));
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("*-0?", "web-db-01"));
  EXPECT_TRUE(matches_pattern("a*b*c", "aXbXbXc"));
  EXPECT_FALSE(matches_pattern("a*b*c", "aXbXb"));
  EXPECT_FALSE(matches_pattern("web-?", "web-01"));
  EXPECT_FALSE(matches_pattern("Web-01", "web-01")) << "case counts";
  EXPECT_TRUE(matches_pattern("[x] *", "[x] y")) << "brackets are literal";
  EXPECT_TRUE(matches_pattern("gr\xc3\xbc?e",
                              "gr\xc3\xbc\xc3\x9f"
                              "e"))
      << "? is a character";
  EXPECT_FALSE(matches_pattern("", "x"));
}

TEST(Selection, ReadsEachKeyByItself) {
  EXPECT_TRUE(selects({.name = {"web-*"}}));
  EXPECT_FALSE(selects({.name = {"db-*"}}));
  EXPECT_TRUE(selects({.cluster = {"C?"}}));
  EXPECT_FALSE(selects({.cluster = {"C2"}}));
  EXPECT_TRUE(selects({.datastore = {"fast [ssd]"}}));
  EXPECT_TRUE(selects({.datastore = {"datastore-2"}})) << "a datastore without a name: its moid";
  EXPECT_FALSE(selects({.datastore = {"datastore-1"}})) << "a named one goes by its name";
  EXPECT_TRUE(selects({.tag = {"backup:daily"}}));
  EXPECT_FALSE(selects({.tag = {"backup:weekly"}}));
  EXPECT_TRUE(selects({.vcenter = {"prod"}}));
  EXPECT_FALSE(selects({.vcenter = {"test"}}));
  EXPECT_TRUE(selects({.attribute = {{"owner", "web*"}}}));
  EXPECT_FALSE(selects({.attribute = {{"owner", "db*"}}}));
  EXPECT_FALSE(selects({.attribute = {{"Owner", "web*"}}}));
}

TEST(Selection, AFolderHoldsWhatLiesInItAndBelow) {
  EXPECT_TRUE(selects({.folder = {"/DC0/vm/prod"}}));
  EXPECT_TRUE(selects({.folder = {"/DC0/vm/prod/front/"}}));
  EXPECT_TRUE(selects({.folder = {"/*/vm/prod"}}));
  EXPECT_FALSE(selects({.folder = {"/DC0/vm/pro"}}));
  EXPECT_FALSE(selects({.folder = {"/DC0/vm/prod/back"}}));
  EXPECT_FALSE(selects({.folder = {"/DC0/*/front"}})) << "a star does not cross a slash";
  EXPECT_FALSE(selects({.folder = {"/DC0/vm/prod/front/web-01"}})) << "a VM is no folder";
}

TEST(Selection, AndsKeysAndOrsTheirValues) {
  EXPECT_TRUE(selects({.name = {"db-*", "web-*"}, .tag = {"tier:gold"}}));
  EXPECT_FALSE(selects({.name = {"web-*"}, .tag = {"tier:silver"}}));
  EXPECT_TRUE(selects({.attribute = {{"owner", "db*"}, {"owner", "web*"}}}));
  EXPECT_FALSE(selects({.attribute = {{"owner", "web*"}, {"stage", "*"}}}));
}

TEST(Selection, LeavesOutWhatIsExcluded) {
  SelectionRule some = rule({.folder = {"/DC0/vm/prod"}});
  some.exclude = {.name = {"*-test"}, .tag = {"tier:gold"}};
  const Selecting selecting({some}, {}, {});
  EXPECT_EQ(selecting.of(web("web-01")).policies.size(), 1U) << "exclude ANDs its keys too";
  EXPECT_TRUE(selecting.of(web("web-test")).policies.empty());
}

TEST(Selection, GivesAVmToTheFirstPolicyOfEachMethodAndListsTheOthers) {
  const Selecting selecting(
      {rule({.name = {"web-*"}}, "a"), rule({.name = {"*"}}, "b"),
       rule({.name = {"*"}}, "c", Method::Clone), rule({.name = {"db-*"}}, "d")},
      {}, {});
  const Selection found = selecting.of(web());
  EXPECT_EQ(found.policies, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(found.shadowed, (std::vector<Selection::Shadowed>{{"b", "a"}}));
  EXPECT_EQ(selecting.of(web("db-1")).policies, (std::vector<std::string>{"b", "c"}));
}

TEST(Selection, NeverTakesWhatMustBeLeftAlone) {
  const Protected guarded{
      .clones = {"uuid-1"}, .agent = {"bios-2"}, .servers = {{"prod", {"vcenter"}}}};
  const Selecting selecting({rule({.name = {"*"}})}, {}, guarded);
  EXPECT_EQ(selecting.of(web()).never, "clone-of-ours");
  Vm agent = web();
  agent.identity.instance_uuid = "other";
  EXPECT_EQ(selecting.of(agent).policies.size(), 1U);
  agent.identity.bios_uuid = "bios-2";
  EXPECT_EQ(selecting.of(agent).never, "agent");
  Vm server = web("vcenter");
  server.identity.instance_uuid = "other";
  EXPECT_EQ(selecting.of(server).never, "vcenter");
  EXPECT_TRUE(selecting.of(server).policies.empty());
  server.identity.endpoint = "test";
  EXPECT_EQ(selecting.of(server).never, "") << "the name says nothing in another inventory";
  Vm managed = web();
  managed.identity.instance_uuid = "other";
  managed.state.managed_by = "com.vmware.vim.eam";
  EXPECT_EQ(selecting.of(managed).never, "managed");
  EXPECT_TRUE(selecting.of(managed).policies.empty());
}

TEST(Selection, SaysNothingOfAVmThatNoPolicyWants) {
  const Selecting selecting({rule({.name = {"db-*"}})}, {}, {.clones = {"uuid-1"}});
  EXPECT_EQ(selecting.of(web()), Selection{});
}

TEST(Selection, TakesATemplateOnlyWhereItIsSpelledOut) {
  Vm gold = web("gold-image");
  gold.state.is_template = true;
  const Selecting by_pattern({rule({.name = {"gold*"}})}, {}, {});
  EXPECT_EQ(by_pattern.of(gold).never, "template");
  EXPECT_TRUE(by_pattern.of(gold).policies.empty());
  const Selecting by_name({rule({.name = {"*"}}, "all"), rule({.name = {"gold-image"}}, "gold")},
                          {}, {});
  EXPECT_EQ(by_name.of(gold).policies, (std::vector<std::string>{"gold"}));
  EXPECT_EQ(by_name.of(gold).never, "");
}

}  // namespace
}  // namespace policy
