#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "vsphere-client/methods.h"
#include "vsphere-client/soap.h"

namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::Not;
using vsphere::SoapRequest;

const vsphere::MoRef kVm{"VirtualMachine", "vm-1"};

TEST(SoapMethods, AreTheOnesAllowedAndNoOthers) {
  // Written out a second time on purpose: whoever adds a method says so in both places.
  const std::vector<std::string_view> allowed = {
      "CancelRetrievePropertiesEx",
      "CloneVM_Task",
      "ConsolidateVMDisks_Task",
      "ContinueRetrievePropertiesEx",
      "CreateCollectorForTasks",
      "CreateContainerView",
      "CreateFilter",
      "CreatePropertyCollector",
      "CreateSnapshotEx_Task",
      "CreateSnapshot_Task",
      "CurrentTime",
      "DestroyCollector",
      "DestroyPropertyCollector",
      "DestroyPropertyFilter",
      "DestroyView",
      "Destroy_Task",
      "EstimateStorageForConsolidateSnapshots_Task",
      "HasPrivilegeOnEntities",
      "Login",
      "Logout",
      "ReadNextTasks",
      "RefreshDatastoreStorageInfo",
      "RefreshStorageInfo",
      "RemoveSnapshot_Task",
      "RenameSnapshot",
      "RetrievePropertiesEx",
      "RetrieveServiceContent",
      "RevertToSnapshot_Task",
      "WaitForUpdatesEx",
  };
  EXPECT_THAT(vsphere::soap_methods(), ElementsAreArray(allowed));
}

TEST(SoapMethods, ThatChangeTheInventoryAreKnownAsSuch) {
  std::vector<std::string_view> changing;
  for (const std::string_view method : vsphere::soap_methods()) {
    if (vsphere::mutates(method)) changing.push_back(method);
  }
  EXPECT_THAT(changing, testing::ElementsAre("CloneVM_Task", "ConsolidateVMDisks_Task",
                                             "CreateSnapshotEx_Task", "CreateSnapshot_Task",
                                             "Destroy_Task", "RemoveSnapshot_Task",
                                             "RenameSnapshot", "RevertToSnapshot_Task"));
  EXPECT_FALSE(vsphere::mutates("RemoveAllSnapshots_Task"));
}

TEST(SoapMethods, ThatDestroyMoreThanOneSnapshotCannotBeSent) {
  for (const char* method :
       {"RemoveAllSnapshots_Task", "CancelTask", "AnswerVM", "DeleteDatastoreFile_Task",
        "DeleteVirtualDisk_Task", "ReconfigVM_Task", "DetachDisk_Task", "UnregisterVM",
        "TerminateSession", "SetEntityPermissions", "login", "Login ", ""}) {
    EXPECT_FALSE(vsphere::is_soap_method(method)) << method;
    EXPECT_THROW(SoapRequest(method, kVm), std::logic_error) << method;
  }
}

TEST(SoapRequest, WritesElementsInTheOrderOfTheCalls) {
  SoapRequest request("CreateFilter", {"PropertyCollector", "pc"});
  request.open("spec")
      .open("selectSet", "TraversalSpec")
      .text("name", "v")
      .flag("skip", false)
      .close();
  request.number("n", -5).ref("obj", kVm).close().flag("partialUpdates", true);
  EXPECT_THAT(
      request.envelope(),
      HasSubstr(
          "<soapenv:Body><CreateFilter xmlns=\"urn:vim25\"><_this type=\"PropertyCollector\">pc"
          "</_this><spec><selectSet xsi:type=\"TraversalSpec\"><name>v</name><skip>false"
          "</skip></selectSet><n>-5</n><obj type=\"VirtualMachine\">vm-1</obj></spec>"
          "<partialUpdates>true</partialUpdates></CreateFilter></soapenv:Body>"));
}

TEST(SoapRequest, EscapesWhatServersAndPeoplePutIntoNames) {
  SoapRequest request("Login", {"SessionManager", "a\"b"});
  request.text("password", "<&>\"'\r\n\t\xC3\xBC]]>");
  EXPECT_THAT(request.envelope(), HasSubstr("<_this type=\"SessionManager\">a&quot;b</_this>"));
  EXPECT_THAT(request.envelope(),
              HasSubstr("<password>&lt;&amp;&gt;&quot;'&#13;\n\t\xC3\xBC]]&gt;</password>"));
}

TEST(SoapRequest, RefusesAValueThatXmlCannotCarryWithoutTellingIt) {
  for (const std::string& value : {std::string("secret\0", 7), std::string("secret\x1b"),
                                   std::string("secret\xFC"), std::string("secret\xE2\x82")}) {
    SoapRequest request("Login", {"SessionManager", "s"});
    try {
      request.text("password", value);
      ADD_FAILURE();
    } catch (const vsphere::Error& error) {
      EXPECT_EQ(error.outcome(), vsphere::Outcome::NotExecuted);
      EXPECT_THAT(error.what(), HasSubstr("<password>"));
      EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
    }
  }
}

TEST(SoapRequest, PutsTheOperationIdIntoTheHeader) {
  const SoapRequest request("CurrentTime", {"ServiceInstance", "ServiceInstance"});
  EXPECT_THAT(
      request.envelope("id-1"),
      HasSubstr("<soapenv:Header><operationID>id-1</operationID></soapenv:Header><soapenv:Body>"));
  EXPECT_THAT(request.envelope(), Not(HasSubstr("Header")));
}

TEST(SoapRequest, NoticesElementsThatAreNotBalanced) {
  SoapRequest request("CurrentTime", {"ServiceInstance", "ServiceInstance"});
  EXPECT_THROW(request.close(), std::logic_error);
  request.open("a");
  EXPECT_THROW(request.envelope(), std::logic_error);
}

}  // namespace
