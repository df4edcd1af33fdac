// Reading through the PropertyCollector: views, traversals, pages.
#include "tests/simulator/wire_test/small_server.h"

namespace sim {
namespace {

constexpr const char* kNames = "<pathSet>name</pathSet>";

class Collecting : public SmallServer {
 protected:
  Collecting() : SmallServer(250) { log_in(); }
  std::string specs(const std::string& spec, const std::string& options = "<options/>") {
    return "<specSet>" + spec + "</specSet>" + options;
  }
};

TEST_F(Collecting, PagesAtAHundredWithTheTokenFirst) {
  const std::string spec = specs(spec_of(view_of_vms(), kNames));
  std::vector<std::string> seen;
  pugi::xml_node page = ask("RetrievePropertiesEx", kCollector, spec).child("returnval");
  std::vector<std::size_t> sizes;
  for (;;) {
    const auto objects = texts(page, "objects/obj");
    sizes.push_back(objects.size());
    seen.insert(seen.end(), objects.begin(), objects.end());
    const std::string token = page.child("token").text().get();
    if (token.empty()) break;
    EXPECT_STREQ(page.first_child().name(), "token");
    page = ask("ContinueRetrievePropertiesEx", kCollector, "<token>" + token + "</token>")
               .child("returnval");
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{100, 100, 50}));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 250U);
}

TEST_F(Collecting, LowersThePageToWhatTheClientAsks) {
  const std::string spec = spec_of(view_of_vms(), kNames);
  const auto page = [&](const std::string& most) {
    return ask("RetrievePropertiesEx", kCollector,
               specs(spec, "<options><maxObjects>" + most + "</maxObjects></options>"));
  };
  EXPECT_EQ(texts(page("7"), "returnval/objects").size(), 7U);
  EXPECT_EQ(texts(page("5000"), "returnval/objects").size(), 100U);
  EXPECT_EQ(fault_of(call("RetrievePropertiesEx", kCollector,
                          specs(spec, "<options><maxObjects>0</maxObjects></options>"))),
            "InvalidArgument");
}

TEST_F(Collecting, TakesATokenOnce) {
  const pugi::xml_node page =
      ask("RetrievePropertiesEx", kCollector, specs(spec_of(view_of_vms(), kNames)));
  const std::string token =
      "<token>" + std::string(page.child("returnval").child("token").text().get()) + "</token>";
  ask("CancelRetrievePropertiesEx", kCollector, token);
  EXPECT_EQ(fault_of(call("ContinueRetrievePropertiesEx", kCollector, token)), "InvalidArgument");
}

TEST_F(Collecting, LeavesOutWhatWasDeletedBetweenThePages) {
  const pugi::xml_node page =
      ask("RetrievePropertiesEx", kCollector, specs(spec_of(view_of_vms(), kNames)));
  const std::string token = page.child("returnval").child("token").text().get();
  for (int i = 1100; i < 1200; ++i) world_.vms.erase("vm-" + std::to_string(i));
  const pugi::xml_node rest =
      ask("ContinueRetrievePropertiesEx", kCollector, "<token>" + token + "</token>");
  EXPECT_EQ(texts(rest, "returnval/objects/obj").size(), 50U);
}

TEST_F(Collecting, AnswersEverythingAtOnceInTheOldMethod) {
  const pugi::xml_node all =
      ask("RetrieveProperties", kCollector, specs(spec_of(view_of_vms(), kNames), ""));
  EXPECT_EQ(texts(all, "returnval/obj").size(), 250U);
}

TEST_F(Collecting, AnswersNothingAtAllWhenNothingMatches) {
  world_.vms.clear();
  const pugi::xml_node none =
      ask("RetrievePropertiesEx", kCollector, specs(spec_of(view_of_vms(), kNames)));
  EXPECT_TRUE(none.first_child().empty());
}

TEST_F(Collecting, LeavesUnsetPropertiesOut) {
  const pugi::xml_node one = ask(
      "RetrievePropertiesEx", kCollector,
      specs("<propSet><type>VirtualMachine</type><pathSet>snapshot</pathSet></propSet><objectSet>"
            "<obj type=\"VirtualMachine\">vm-1000</obj></objectSet>"));
  const pugi::xml_node object = one.child("returnval").child("objects");
  EXPECT_STREQ(object.child("obj").text().get(), "vm-1000");
  EXPECT_TRUE(object.child("propSet").empty());
}

TEST_F(Collecting, FailsTheCallForAPathThatTheTypeDoesNotHave) {
  EXPECT_EQ(fault_of(call("RetrievePropertiesEx", kCollector,
                          specs(spec_of(view_of_vms(), "<pathSet>nonsense</pathSet>")))),
            "InvalidProperty");
}

TEST_F(Collecting, FailsTheCallForAnObjectThatIsGone) {
  const std::string gone =
      "<propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet>"
      "<obj type=\"VirtualMachine\">vm-1</obj></objectSet>";
  EXPECT_EQ(fault_of(call("RetrievePropertiesEx", kCollector, specs(gone))),
            "ManagedObjectNotFound");
  const std::string report =
      gone + "<reportMissingObjectsInResults>true</reportMissingObjectsInResults>";
  EXPECT_EQ(fault_of(call("RetrievePropertiesEx", kCollector, specs(report))), "");
}

TEST_F(Collecting, FollowsNamedSelectionsRoundAndRound) {
  const std::string named = "<selectSet><name>folders</name></selectSet>";
  const pugi::xml_node all =
      ask("RetrieveProperties", kCollector,
          specs("<propSet><type>ManagedEntity</type><pathSet>name</pathSet></propSet><objectSet>"
                "<obj type=\"Folder\">group-d1</obj><skip>false</skip>"
                "<selectSet xsi:type=\"TraversalSpec\"><name>folders</name><type>Folder</type>"
                "<path>childEntity</path><skip>false</skip>" +
                named + "<selectSet><name>dc</name></selectSet></selectSet>" +
                "<selectSet xsi:type=\"TraversalSpec\"><name>dc</name><type>Datacenter</type>"
                "<path>vmFolder</path><skip>false</skip>" +
                named + "</selectSet></objectSet>"));
  EXPECT_EQ(texts(all, "returnval/obj").size(), 2U + 1U + 250U);  // folders, datacenter, VMs
  EXPECT_EQ(texts(all, "returnval/propSet/val").front(), "Datacenters");
}

TEST_F(Collecting, RefusesASelectionByANameThatIsNotThere) {
  EXPECT_EQ(fault_of(call("RetrievePropertiesEx", kCollector,
                          specs("<propSet><type>Folder</type><pathSet>name</pathSet></propSet>"
                                "<objectSet><obj type=\"Folder\">group-d1</obj>"
                                "<selectSet><name>nowhere</name></selectSet></objectSet>"))),
            "InvalidArgument");
}

TEST_F(Collecting, ShowsOnlyDirectChildrenInAViewThatIsNotRecursive) {
  const auto members = [&](const std::string& container) {
    const pugi::xml_node made =
        ask("CreateContainerView", kViews,
            "<container type=\"Folder\">" + container + "</container><recursive>false</recursive>");
    const Ref view{"ContainerView", made.child("returnval").text().get()};
    return texts(ask("RetrieveProperties", kCollector,
                     specs("<propSet><type>ContainerView</type><pathSet>view</pathSet></propSet>"
                           "<objectSet><obj type=\"ContainerView\">" +
                           view.value + "</obj></objectSet>")),
                 "returnval/propSet/val/ManagedObjectReference");
  };
  EXPECT_EQ(members("group-d1"), std::vector<std::string>{"datacenter-2"});
  EXPECT_EQ(members("group-v3").size(), 250U);
}

TEST_F(Collecting, ForgetsADestroyedView) {
  const Ref view = view_of_vms();
  ask("DestroyView", view);
  EXPECT_EQ(fault_of(call("RetrievePropertiesEx", kCollector, specs(spec_of(view, kNames)))),
            "ManagedObjectNotFound");
}

TEST_F(Collecting, KeepsAListViewAsTheClientChangesIt) {
  const pugi::xml_node made =
      ask("CreateListView", kViews, "<obj type=\"VirtualMachine\">vm-1000</obj>");
  const Ref list{"ListView", made.child("returnval").text().get()};
  const pugi::xml_node unresolved =
      ask("ModifyListView", list,
          "<add type=\"VirtualMachine\">vm-1001</add><add type=\"VirtualMachine\">vm-1</add>"
          "<remove type=\"VirtualMachine\">vm-1000</remove>");
  EXPECT_EQ(texts(unresolved, "returnval"), std::vector<std::string>{"vm-1"});
  const std::string spec =
      "<propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet><obj "
      "type=\"ListView\">" +
      list.value +
      "</obj><skip>true</skip><selectSet xsi:type=\"TraversalSpec\"><type>ListView</type>"
      "<path>view</path></selectSet></objectSet>";
  EXPECT_EQ(texts(ask("RetrieveProperties", kCollector, specs(spec)), "returnval/obj"),
            std::vector<std::string>{"vm-1001"});
}

TEST_F(Collecting, AnswersWithoutASessionThatEveryPropertyIsMissing) {
  cookie_.clear();
  const pugi::xml_node one =
      ask("RetrievePropertiesEx", kCollector,
          specs("<propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet>"
                "<obj type=\"VirtualMachine\">vm-1000</obj></objectSet>"));
  const pugi::xml_node object = one.child("returnval").child("objects");
  EXPECT_TRUE(object.child("propSet").empty());
  EXPECT_STREQ(object.child("missingSet").child("path").text().get(), "name");
  EXPECT_STREQ(object.select_node("missingSet/fault/fault").node().attribute("xsi:type").value(),
               "NotAuthenticated");
}

TEST_F(Collecting, ShowsTheSessionToItsOwner) {
  const std::string spec = specs(
      "<propSet><type>SessionManager</type><pathSet>currentSession</pathSet></propSet><objectSet>"
      "<obj type=\"SessionManager\">SessionManager</obj></objectSet>");
  EXPECT_EQ(texts(ask("RetrieveProperties", kCollector, spec), "//val/userName"),
            std::vector<std::string>{"user"});
  cookie_.clear();
  EXPECT_TRUE(texts(ask("RetrieveProperties", kCollector, spec), "//val").empty());
}

}  // namespace
}  // namespace sim
