#include "vsphere-client/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/soap_replies.h"
#include "vsphere-client/soap.h"

namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using vsphere::Error;
using vsphere::ErrorKind;
using vsphere::Fault;
using vsphere::Outcome;

Error error_of(const std::string& body) {
  vsphere::SoapReader reader("SomeCall", "", {});
  try {
    reader.feed(500, body);
    reader.finish(500, "text/xml");
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("the fault was read as a result");
}

Error error_with_detail(const std::string& text, const std::string& detail) {
  return error_of(
      replies::envelope("<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>" +
                        text + "</faultstring>" + detail + "</soapenv:Fault>"));
}

TEST(SoapFault, NamesPrivilegeAndObjectOfNoPermission) {
  const Error error = error_of(replies::load("Fault-NoPermission"));
  EXPECT_EQ(error.kind(), ErrorKind::NoPermission);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
  EXPECT_EQ(error.fault()->privilege, "VirtualMachine.State.RemoveSnapshot");
  EXPECT_EQ(error.fault()->object, (vsphere::MoRef{"VirtualMachine", "vm-7"}));
  EXPECT_THAT(error.what(), HasSubstr("SomeCall: Permission to perform this operation was denied. "
                                      "[NoPermission] on VirtualMachine vm-7; grant the account "
                                      "VirtualMachine.State.RemoveSnapshot"));
}

TEST(SoapFault, DigsOutCausesAndNotes) {
  const Error error = error_of(replies::load("Fault-caused"));
  const Fault fault = error.fault().value();
  EXPECT_EQ(fault.type, "GenericVmConfigFault");
  EXPECT_EQ(fault.message,
            "the server gave no text, only reason msg.snapshot.error-QUIESCINGERROR");
  EXPECT_THAT(fault.causes,
              ElementsAre(AllOf(Field(&Fault::Cause::type, "FileLocked"),
                                Field(&Fault::Cause::message, HasSubstr("since it is locked"))),
                          AllOf(Field(&Fault::Cause::type, "SystemError"),
                                Field(&Fault::Cause::message, HasSubstr("disk busy")))));
  EXPECT_THAT(fault.notes, ElementsAre("msg.snapshot.error-QUIESCINGERROR: quiescing failed"));
  EXPECT_EQ(error.kind(), ErrorKind::Fault);
  EXPECT_EQ(error.outcome(), Outcome::Unknown);
  EXPECT_THAT(error.what(), HasSubstr("because Unable to access file [ds] a/a.vmdk"));
}

TEST(SoapFault, NeedsNoDetail) {
  const Error error = error_of(replies::load("Fault-version"));
  EXPECT_EQ(error.fault()->type, "");
  EXPECT_EQ(error.fault()->message, "Unsupported version URI urn:vim25/99.0");
}

TEST(SoapFault, IsNamedByItsElementWhenNoTypeIsGiven) {
  const Error error =
      error_with_detail("x", "<detail><NotAuthenticatedFault xmlns='urn:vim25'/></detail>");
  EXPECT_EQ(error.fault()->type, "NotAuthenticated");
  EXPECT_EQ(error.kind(), ErrorKind::NotAuthenticated);
}

TEST(SoapFault, IsReadByTheNamespaceOfTheTypeNotByThePrefix) {
  const Error error = error_with_detail(
      "x",
      "<detail><RuntimeFaultFault xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
      "xmlns:xsi='urn:else' xsi:type='NoPermission' i:type='v:InvalidRequest'/></detail>");
  EXPECT_EQ(error.fault()->type, "InvalidRequest");
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
}

TEST(SoapFault, HasAMessageInAnyCase) {
  EXPECT_EQ(error_with_detail("", "").fault()->message, "the server gave no text");
  EXPECT_EQ(error_of(replies::load("Fault-NotAuthenticated")).fault()->message,
            "the session is not authenticated");
}

TEST(SoapFault, WithTwoDetailsSaysNothingOfTheOutcome) {
  const Error error = error_with_detail(
      "x", "<detail><a xsi:type='NoPermission'/><b xsi:type='SystemError'/></detail>");
  EXPECT_EQ(error.kind(), ErrorKind::Fault);
  EXPECT_EQ(error.outcome(), Outcome::Unknown);
}

TEST(SoapFault, IsJudgedByItsTypeInAnyLanguage) {
  for (const char* text : {"Zugriff verweigert", "\xe6\xa8\xa9\xe9\x99\x90", ""}) {
    const Error error =
        error_with_detail(text, "<detail><a xsi:type='vim25:NoPermission'/></detail>");
    EXPECT_EQ(error.outcome(), Outcome::NotExecuted) << text;
  }
  EXPECT_EQ(error_with_detail("NoPermission", "").outcome(), Outcome::Unknown);
}

TEST(SoapFault, CountsWithAnyHttpStatus) {
  vsphere::SoapReader reader("SomeCall", "", {});
  reader.feed(200, replies::load("Fault-NoPermission"));
  EXPECT_THROW(reader.finish(200, "text/xml"), Error);
}

TEST(SoapFault, CannotBreakTheLinesOfALog) {
  const Error error =
      error_with_detail("a\nINFO all is well\x1b[2J" + std::string(100'000, 'x'), "");
  const std::string what = error.what();
  EXPECT_EQ(what.find('\n'), std::string::npos);
  EXPECT_EQ(what.find('\x1b'), std::string::npos);
  EXPECT_LT(what.size(), 1000u);
}

struct Kind {
  const char* type;
  ErrorKind kind;
  Outcome outcome;
};

class FaultKind : public testing::TestWithParam<Kind> {};

TEST_P(FaultKind, FollowsTheType) {
  const Error error = error_with_detail(
      "x", "<detail><a xsi:type='" + std::string(GetParam().type) + "'/></detail>");
  EXPECT_EQ(error.kind(), GetParam().kind);
  EXPECT_EQ(error.outcome(), GetParam().outcome);
}

const Kind kKinds[] = {
    {"InvalidLogin", ErrorKind::Login, Outcome::NotExecuted},
    {"PasswordExpired", ErrorKind::Login, Outcome::NotExecuted},
    {"NotAuthenticated", ErrorKind::NotAuthenticated, Outcome::NotExecuted},
    {"NoPermission", ErrorKind::NoPermission, Outcome::NotExecuted},
    {"ManagedObjectNotFound", ErrorKind::NotFound, Outcome::NotExecuted},
    // Raised while the call is looked at, before there is a task.
    {"InvalidLocale", ErrorKind::Fault, Outcome::NotExecuted},
    {"InvalidArgument", ErrorKind::Fault, Outcome::NotExecuted},
    {"InvalidType", ErrorKind::Fault, Outcome::NotExecuted},
    {"InvalidRequest", ErrorKind::Fault, Outcome::NotExecuted},
    {"InvalidProperty", ErrorKind::Fault, Outcome::NotExecuted},
    {"MethodNotFound", ErrorKind::Fault, Outcome::NotExecuted},
    {"NotSupported", ErrorKind::Fault, Outcome::NotExecuted},
    {"NotImplemented", ErrorKind::Fault, Outcome::NotExecuted},
    {"MethodDisabled", ErrorKind::Fault, Outcome::NotExecuted},
    {"RestrictedVersion", ErrorKind::Fault, Outcome::NotExecuted},
    {"NotEnoughLicenses", ErrorKind::Fault, Outcome::NotExecuted},
    {"TaskInProgress", ErrorKind::Fault, Outcome::NotExecuted},
    {"InvalidState", ErrorKind::Fault, Outcome::NotExecuted},
    {"InvalidPowerState", ErrorKind::Fault, Outcome::NotExecuted},
    {"InvalidName", ErrorKind::Fault, Outcome::NotExecuted},
    // Raised by the work itself, or by who knows what.
    {"NoClientCertificate", ErrorKind::Fault, Outcome::Unknown},
    {"SecurityError", ErrorKind::Fault, Outcome::Unknown},
    {"HostCommunication", ErrorKind::Fault, Outcome::Unknown},
    {"HostNotConnected", ErrorKind::Fault, Outcome::Unknown},
    {"HostNotReachable", ErrorKind::Fault, Outcome::Unknown},
    {"RequestCanceled", ErrorKind::Fault, Outcome::Unknown},
    {"SystemError", ErrorKind::Fault, Outcome::Unknown},
    {"ConcurrentAccess", ErrorKind::Fault, Outcome::Unknown},
    {"DuplicateName", ErrorKind::Fault, Outcome::Unknown},
    {"ResourceInUse", ErrorKind::Fault, Outcome::Unknown},
    {"SnapshotFault", ErrorKind::Fault, Outcome::Unknown},
    {"SnapshotLocked", ErrorKind::Fault, Outcome::Unknown},
    {"SnapshotDisabled", ErrorKind::Fault, Outcome::Unknown},
    {"SnapshotNoChange", ErrorKind::Fault, Outcome::Unknown},
    {"TooManySnapshotLevels", ErrorKind::Fault, Outcome::Unknown},
    {"MultipleSnapshotsNotSupported", ErrorKind::Fault, Outcome::Unknown},
    {"SnapshotIncompatibleDeviceInVm", ErrorKind::Fault, Outcome::Unknown},
    {"MemorySnapshotOnIndependentDisk", ErrorKind::Fault, Outcome::Unknown},
    {"FilesystemQuiesceFault", ErrorKind::Fault, Outcome::Unknown},
    {"ApplicationQuiesceFault", ErrorKind::Fault, Outcome::Unknown},
    {"FileLocked", ErrorKind::Fault, Outcome::Unknown},
    {"NoDiskSpace", ErrorKind::Fault, Outcome::Unknown},
    {"FileFault", ErrorKind::Fault, Outcome::Unknown},
    {"VmConfigFault", ErrorKind::Fault, Outcome::Unknown},
    {"InsufficientResourcesFault", ErrorKind::Fault, Outcome::Unknown},
    {"ToolsUnavailable", ErrorKind::Fault, Outcome::Unknown},
    {"UnexpectedFault", ErrorKind::Fault, Outcome::Unknown},
    {"RestrictedByAdministrator", ErrorKind::Fault, Outcome::Unknown},
    {"NotFound", ErrorKind::Fault, Outcome::Unknown},
    {"Timedout", ErrorKind::Fault, Outcome::Unknown},
    {"NeverHeardOf", ErrorKind::Fault, Outcome::Unknown},
    {"MethodFault", ErrorKind::Fault, Outcome::Unknown},
    {"RuntimeFault", ErrorKind::Fault, Outcome::Unknown},
};

INSTANTIATE_TEST_SUITE_P(Types, FaultKind, testing::ValuesIn(kKinds),
                         [](const auto& param) { return std::string(param.param.type); });

}  // namespace
