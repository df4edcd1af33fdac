#include "vsphere-client/facilities.h"

#include "session_fixture.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class FacilitiesTest : public SessionFixture {
 protected:
  void SetUp() override { open(); }
};

TEST_F(FacilitiesTest, CustomFieldsAreNamedByTheirKeys) {
  reply("RetrievePropertiesEx-fields");
  EXPECT_THAT(vsphere::fetch_custom_fields(session),
              ElementsAre(Pair(101, "backup"), Pair(102, "owner")));
}

TEST_F(FacilitiesTest, PrivilegesComeBackInTheOrderOfTheEntities) {
  reply("HasPrivilegeOnEntities");
  const auto held = vsphere::fetch_privileges(
      session, {{"Folder", "group-v3"}, {"Folder", "group-x"}, {"Folder", "group-d1"}},
      {"System.Read", "VirtualMachine.State.RemoveSnapshot"});
  EXPECT_THAT(held, ElementsAre(ElementsAre("System.Read", "VirtualMachine.State.RemoveSnapshot"),
                                IsEmpty(), ElementsAre("System.Read")));
  EXPECT_THAT(
      net.sent.back().body,
      HasSubstr(
          "<entity type=\"Folder\">group-d1</entity><sessionId>52d1c5f0-0000-1111-2222-333344445555"
          "</sessionId><privId>System.Read</privId>"));
}

TEST(FacilitiesWithout, AServerThatHasNoneIsNotAsked) {
  FakeTransport net;
  net.answer("vimServiceVersions.xml", replies::load("vimServiceVersions"));
  std::string content = replies::load("RetrieveServiceContent");
  for (const std::string name : {"authorizationManager", "customFieldsManager"}) {
    const std::size_t from = content.find("<" + name);
    content.erase(from, content.find("</" + name + ">") + name.size() + 3 - from);
  }
  net.answer("RetrieveServiceContent", content);
  net.answer("Login", replies::load("Login"));
  net.answer("Logout", replies::load("Logout"));
  vsphere::Session session(net, [] { return vsphere::Credentials{"u", "p"}; });
  session.open();
  EXPECT_THAT(vsphere::fetch_custom_fields(session), IsEmpty());
  EXPECT_THAT(vsphere::fetch_privileges(session, {{"Folder", "group-d1"}}, {"System.Read"}),
              IsEmpty());
}

}  // namespace
