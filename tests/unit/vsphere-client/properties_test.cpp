#include "vsphere-client/properties.h"

#include "session_fixture.h"
#include "vsphere-client/object_content.h"
#include "vsphere-client/xml_read.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using vsphere::Error;
using vsphere::ErrorKind;
using vsphere::MoRef;
using vsphere::ObjectView;

const MoRef kRoot{"Folder", "group-d1"};
const std::vector<vsphere::PropertySpec> kSpecs = {{"VirtualMachine", {"name", "runtime.host"}}};

class PropertiesTest : public SessionFixture {
 protected:
  void SetUp() override { open(); }

  vsphere::RetrieveResult read_all(const vsphere::RetrieveOptions& options = {}) {
    return vsphere::retrieve_all(session, kRoot, kSpecs, note(), options);
  }
  vsphere::RetrieveResult read_some(const std::vector<std::string>& ids) {
    std::vector<MoRef> objects;
    for (const std::string& id : ids) objects.push_back({"VirtualMachine", id});
    return vsphere::retrieve_objects(session, objects, kSpecs[0], note(),
                                     [this](const MoRef& object) { gone.push_back(object.value); });
  }
  vsphere::ObjectSink note() {
    return [this](const ObjectView& object) {
      seen.push_back(object.object.value + "=" + vsphere::text_of(object.find("name")));
      missing.insert(missing.end(), object.missing.begin(), object.missing.end());
    };
  }
  template <class Call>
  ErrorKind kind_of(const Call& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.kind();
    }
    throw std::logic_error("did not throw");
  }
  void script_view() { reference("CreateContainerView", "ContainerView", "session[a]view"); }
  void script_objects(const std::vector<std::string>& ids) {
    std::string inside;
    for (const std::string& id : ids)
      inside += "<objects><obj type=\"VirtualMachine\">" + id + "</obj></objects>";
    net.answer("RetrievePropertiesEx",
               replies::response("RetrievePropertiesEx", "<returnval>" + inside + "</returnval>"));
  }
  void script_not_found(const std::string& detail) {
    net.answer("RetrievePropertiesEx",
               replies::envelope(
                   "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring/><detail>"
                   "<ManagedObjectNotFoundFault xsi:type=\"ManagedObjectNotFound\">" +
                   detail + "</ManagedObjectNotFoundFault></detail></soapenv:Fault>"),
               500);
  }

  std::vector<std::string> seen, gone;
  std::vector<vsphere::MissingProperty> missing;
};

TEST_F(PropertiesTest, CountsAnObjectThatIsKnownAndNeitherParsesNorDeliversIt) {
  script_view();
  script_objects({"vm-1", "vm-2", "vm-3"});
  done("DestroyView");
  std::vector<std::string> shown;
  vsphere::RetrieveOptions options;
  options.known = [&](const vsphere::RawObject& object) {
    shown.emplace_back(object.item.xml);
    EXPECT_THAT(shown.back(), HasSubstr(">" + std::string(object.moid) + "</obj>"));
    EXPECT_THAT(object.item.inherited_xsi, ElementsAre("xmlns:xsi"));
    return object.moid == "vm-2";
  };
  EXPECT_EQ(read_all(options).objects, 3u);
  EXPECT_THAT(seen, ElementsAre("vm-1=", "vm-3="));
  ASSERT_EQ(shown.size(), 3u);
  EXPECT_EQ(shown[1], "<objects><obj type=\"VirtualMachine\">vm-2</obj></objects>");
}

TEST(MoidAtFront, IsReadOnlyWhereItStandsInItsPlainestForm) {
  using vsphere::moid_at_front;
  EXPECT_EQ(moid_at_front("<objects><obj type=\"VirtualMachine\">vm-1</obj><propSet/></objects>"),
            "vm-1");
  EXPECT_EQ(moid_at_front("<objects xmlns:a=\"b\"><obj type=\"X\">a b</obj></objects>"), "a b");
  for (const char* other :
       {"", "<objects", "<objects>", "<objects><propSet/><obj type=\"X\">vm-1</obj></objects>",
        "<objects><obj type=\"X\">vm&amp;1</obj></objects>", "<objects><obj type=\"X\"/></objects>",
        "<objects><obj type=\"X\">vm-1<!-- --></obj></objects>", "<objects><obj type=\"X\">vm-1",
        "<objects><object type=\"X\">vm-1</object></objects>",
        "<objects> <obj type=\"X\">a</obj>"}) {
    EXPECT_EQ(moid_at_front(other), "") << other;
  }
}

TEST_F(PropertiesTest, ReadsPagesThroughAViewAndDestroysIt) {
  script_view();
  reply("RetrievePropertiesEx-page");
  reply("ContinueRetrievePropertiesEx-last");
  done("DestroyView");
  std::vector<std::size_t> pages;
  const auto result =
      read_all({.page_objects = 50, .on_page = [&](std::size_t n) { pages.push_back(n); }});
  EXPECT_THAT(seen, ElementsAre("vm-1=web%2f1", "vm-2=M\xC3\xBCller & S\xC3\xB6hne", "vm-3="));
  EXPECT_THAT(pages, ElementsAre(2u, 3u));
  EXPECT_EQ(result.objects, 3u);
  EXPECT_EQ(result.pages, 2u);
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].path, "runtime.host");
  EXPECT_EQ(missing[0].fault.type, "NoPermission");
  EXPECT_EQ(missing[0].fault.privilege, "System.Read");
  EXPECT_EQ(missing[0].fault.message, "permission is missing");
  EXPECT_THAT(
      net.sent[4].body,
      HasSubstr(
          "<specSet><propSet><type>VirtualMachine</type><all>false</all><pathSet>name</pathSet>"
          "<pathSet>runtime.host</pathSet></propSet><objectSet><obj type=\"ContainerView\">"
          "session[a]view</obj><skip>true</skip><selectSet xsi:type=\"TraversalSpec\">"
          "<name>members</name><type>ContainerView</type><path>view</path><skip>false</skip>"
          "</selectSet></objectSet></specSet><options><maxObjects>50</maxObjects></options>"));
  EXPECT_THAT(net.sent[5].body, HasSubstr("<token>7</token>"));
}

TEST_F(PropertiesTest, NothingBelowTheContainerIsNoError) {
  script_view();
  reply("RetrievePropertiesEx-nothing");
  done("DestroyView");
  EXPECT_EQ(read_all().objects, 0u);
}

TEST_F(PropertiesTest, AnExpiredSessionThatLooksEmptyIsLoggedInAgain) {
  script_view();
  reply("RetrievePropertiesEx-expired");
  reply("Login");
  script_view();
  reply("RetrievePropertiesEx-nothing");
  done("DestroyView");
  read_all();
  EXPECT_EQ(session.logins(), 2);
  EXPECT_TRUE(seen.empty());
}

TEST_F(PropertiesTest, AFaultOfAnExpiredSessionStartsOverToo) {
  fault("CreateContainerView", "NotAuthenticated");
  reply("Login");
  script_view();
  fault("RetrievePropertiesEx", "NotAuthenticated");
  EXPECT_EQ(kind_of([&] { read_all(); }), ErrorKind::NotAuthenticated);
  EXPECT_EQ(session.logins(), 2) << "once more, not twice: an account may be locked";
}

TEST_F(PropertiesTest, AnExpiryAfterTheFirstObjectsIsAnErrorNotAShorterInventory) {
  script_view();
  reply("RetrievePropertiesEx-page");
  net.answer("ContinueRetrievePropertiesEx", replies::load("Fault-NotAuthenticated"), 500);
  EXPECT_EQ(kind_of([&] { read_all(); }), ErrorKind::NotAuthenticated);
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(PropertiesTest, ABrokenPageGivesBackTokenAndView) {
  script_view();
  reply("RetrievePropertiesEx-page");
  net.breaks("ContinueRetrievePropertiesEx", ErrorKind::Transport);
  done("CancelRetrievePropertiesEx");
  done("DestroyView");
  EXPECT_EQ(kind_of([&] { read_all(); }), ErrorKind::Transport);
  EXPECT_THAT(net.sent[6].body, HasSubstr("<token>7</token>"));
}

TEST_F(PropertiesTest, ASinkThatThrowsGivesThemBackToo) {
  script_view();
  reply("RetrievePropertiesEx-page");
  done("CancelRetrievePropertiesEx");
  done("DestroyView");
  const auto disk_full = [](std::size_t) { throw std::runtime_error("disk full"); };
  EXPECT_THROW(read_all({.page_objects = 100, .on_page = disk_full}), std::runtime_error);
}

TEST_F(PropertiesTest, AServerOutOfReachIsNotAskedToCleanUp) {
  script_view();
  net.breaks("RetrievePropertiesEx", ErrorKind::Unreachable);
  EXPECT_EQ(kind_of([&] { read_all(); }), ErrorKind::Unreachable);
}

TEST_F(PropertiesTest, EndlessEmptyPagesEnd) {
  script_view();
  const std::string empty = "<returnval><token>1</token></returnval>";
  net.answer("RetrievePropertiesEx", replies::response("RetrievePropertiesEx", empty));
  for (int i = 0; i < 100; ++i) {
    net.answer("ContinueRetrievePropertiesEx",
               replies::response("ContinueRetrievePropertiesEx", empty));
  }
  done("CancelRetrievePropertiesEx");
  done("DestroyView");
  EXPECT_EQ(kind_of([&] { read_all(); }), ErrorKind::Protocol);
}

TEST_F(PropertiesTest, AnObjectWithoutNameIsRefused) {
  script_view();
  net.answer("RetrievePropertiesEx",
             replies::response("RetrievePropertiesEx",
                               "<returnval><objects><propSet/></objects></returnval>"));
  done("DestroyView");
  EXPECT_EQ(kind_of([&] { read_all(); }), ErrorKind::Protocol);
}

TEST_F(PropertiesTest, ReadsNamedObjectsAndReportsThoseLeftOutAsGone) {
  script_objects({"vm-3", "vm-1"});
  const auto result = read_some({"vm-1", "vm-2", "vm-3", "vm-1"});
  EXPECT_EQ(result.objects, 2u);
  EXPECT_THAT(gone, ElementsAre("vm-2"));
  EXPECT_THAT(net.sent.back().body,
              HasSubstr("<objectSet><obj type=\"VirtualMachine\">vm-2</obj><skip>false"));
  EXPECT_THAT(net.sent.back().body, HasSubstr("<reportMissingObjectsInResults>true"));
}

TEST_F(PropertiesTest, OneMissingObjectThatTheFaultNamesDoesNotLoseTheOthers) {
  script_not_found("<obj type=\"VirtualMachine\">vm-2</obj>");
  script_objects({"vm-1", "vm-3"});
  read_some({"vm-1", "vm-2", "vm-3"});
  EXPECT_THAT(seen, ElementsAre("vm-1=", "vm-3="));
  EXPECT_THAT(gone, ElementsAre("vm-2"));
  EXPECT_THAT(net.sent.back().body, Not(HasSubstr(">vm-2<")));
}

TEST_F(PropertiesTest, OneMissingObjectThatNobodyNamesIsFoundByHalving) {
  script_not_found("");  // 1 2 3 4
  script_objects({"vm-3", "vm-4"});
  script_not_found("");  // 1 2
  script_not_found("");  // 2
  script_objects({"vm-1"});
  read_some({"vm-1", "vm-2", "vm-3", "vm-4"});
  EXPECT_THAT(seen, ElementsAre("vm-3=", "vm-4=", "vm-1="));
  EXPECT_THAT(gone, ElementsAre("vm-2"));
}

TEST_F(PropertiesTest, ACollectorThatIsGoneIsNotTakenForAGoneObject) {
  script_not_found("<obj type=\"PropertyCollector\">propertyCollector</obj>");
  EXPECT_EQ(kind_of([&] { read_some({"vm-1"}); }), ErrorKind::NotFound);
  EXPECT_TRUE(gone.empty());
}

TEST_F(PropertiesTest, NamedObjectsAreReadOnAfterAnExpiryWithoutRepeats) {
  net.answer(
      "RetrievePropertiesEx",
      replies::response(
          "RetrievePropertiesEx",
          "<returnval><objects><obj type=\"VirtualMachine\">vm-1</obj></objects><objects>"
          "<obj type=\"VirtualMachine\">vm-2</obj><missingSet><path>name</path><fault>"
          "<fault xsi:type=\"NotAuthenticated\"/></fault></missingSet></objects></returnval>"));
  reply("Login");
  script_objects({"vm-2"});
  read_some({"vm-1", "vm-2"});
  EXPECT_THAT(seen, ElementsAre("vm-1=", "vm-2="));
  EXPECT_TRUE(gone.empty());
}

TEST_F(PropertiesTest, ManyObjectsAreAskedForInBatches) {
  std::vector<std::string> ids;
  for (int i = 100; i < 350; ++i) ids.push_back("vm-" + std::to_string(i));
  for (const int from : {0, 100, 200}) {
    script_objects({ids.begin() + from, ids.begin() + std::min(from + 100, 250)});
  }
  EXPECT_EQ(read_some(ids).objects, 250u);
  EXPECT_TRUE(gone.empty());
}

}  // namespace
