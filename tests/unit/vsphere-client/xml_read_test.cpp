#include "vsphere-client/xml_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "vsphere-client/error.h"
#include "vsphere-client/printable.h"

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using vsphere::MoRef;

struct Parsed {
  explicit Parsed(const std::string& xml) {
    document.load_string(xml.c_str(), vsphere::kReplyParsing);
  }
  pugi::xml_node root() const { return document.document_element(); }
  pugi::xml_document document;
};

const MoRef kVm{"VirtualMachine", "vm-5"};
const vsphere::Place kPlace{kVm, "config.template"};

TEST(XmlText, IsJoinedFromAllItsPieces) {
  EXPECT_EQ(vsphere::text_of(Parsed("<a>p1<b>no</b>p2<!-- no --><![CDATA[<3>]]></a>").root()),
            "p1p2<3>");
  EXPECT_EQ(vsphere::text_of(Parsed("<a><b/>p</a>").root()), "p");
  EXPECT_EQ(vsphere::text_of(Parsed("<a/>").root()), "");
}

TEST(XmlText, KeepsBlanks) {
  EXPECT_EQ(vsphere::text_of(Parsed("<a> </a>").root()), " ");
  EXPECT_EQ(vsphere::text_of(Parsed("<a> x\n</a>").root()), " x\n");
}

TEST(XmlRef, TakesTheUnprefixedType) {
  const Parsed xml(
      "<val xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' type='Folder' "
      "xsi:type='ManagedObjectReference'>group-v1</val>");
  EXPECT_EQ(vsphere::ref_of(xml.root()), (MoRef{"Folder", "group-v1"}));
  EXPECT_EQ(vsphere::xsi_type(xml.root()), "ManagedObjectReference");
}

TEST(XsiType, IsFoundUnderAnyPrefixAndLosesItsOwn) {
  const Parsed xml(
      "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><b "
      "i:type='vim25:InvalidRequest'/></a>");
  EXPECT_EQ(vsphere::xsi_type(xml.root().child("b")), "InvalidRequest");
}

TEST(XsiType, IsNotTakenFromAnUndeclaredOrOtherPrefix) {
  EXPECT_EQ(vsphere::xsi_type(Parsed("<a xsi:type='X'/>").root()), "");
  const Parsed inner(
      "<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><b xmlns:xsi='urn:x' "
      "xsi:type='X'/></a>");
  EXPECT_EQ(vsphere::xsi_type(inner.root().child("b")), "");
}

TEST(XmlScalar, IsReadStrictly) {
  EXPECT_EQ(vsphere::read_number<int>(Parsed("<a>-7</a>").root(), kPlace), -7);
  EXPECT_TRUE(vsphere::read_flag(Parsed("<a>1</a>").root(), kPlace));
  EXPECT_FALSE(vsphere::read_flag(Parsed("<a>false</a>").root(), kPlace));
  for (const char* bad : {"", " 7", "7 ", "+7", "0x7", "7.0", "99999999999"}) {
    const Parsed xml("<a>" + std::string(bad) + "</a>");
    EXPECT_THROW(vsphere::read_number<int>(xml.root(), kPlace), vsphere::Error) << bad;
  }
  EXPECT_THROW(vsphere::read_number<std::uint64_t>(Parsed("<a>-1</a>").root(), kPlace),
               vsphere::Error);
  EXPECT_THROW(vsphere::read_flag(Parsed("<a>TRUE</a>").root(), kPlace), vsphere::Error);
}

TEST(XmlScalar, RefusalNamesObjectPathAndValue) {
  try {
    vsphere::read_flag(Parsed("<val>may\nbe</val>").root(), kPlace);
    ADD_FAILURE();
  } catch (const vsphere::Error& error) {
    EXPECT_EQ(error.kind(), vsphere::ErrorKind::Protocol);
    EXPECT_THAT(error.what(),
                HasSubstr("reading config.template of VirtualMachine vm-5: the server "
                          "sent 'may be' in <val>, expected true or false"));
  }
}

TEST(XmlTime, KnowsFractionsAndOffsets) {
  const auto at = [](std::string_view text) {
    vsphere::Time time{};
    EXPECT_TRUE(vsphere::parse_time(text, time)) << text;
    return time;
  };
  const vsphere::Time day = std::chrono::sys_days{std::chrono::year{2018} / 10 / 24};
  EXPECT_EQ(at("2018-10-24T12:41:02.038368Z"), day + 12h + 41min + 2s + 38368us);
  EXPECT_EQ(at("2018-10-24T00:00:00Z"), day);
  EXPECT_EQ(at("2018-10-24T00:00:00.5"), day + 500ms);
  EXPECT_EQ(at("2018-10-24T00:00:00.1234567Z"), day + 123456us);
  EXPECT_EQ(at("2018-10-23T18:00:00-06:00"), day);
  EXPECT_EQ(at("2018-10-24T05:30:00+05:30"), day);
  EXPECT_EQ(at("1970-01-01T00:00:00Z"), vsphere::Time{});
}

TEST(XmlTime, RefusesWhatIsNoTime) {
  for (const char* bad :
       {"", "2018-10-24", "2018-02-30T00:00:00Z", "2018-10-24T24:00:00Z", "2018-10-24T00:60:00Z",
        "2018-10-24T00:00:60Z", "2018-10-24T00:00:00.Z", "2018-10-24T00:00:00z",
        "2018-10-24T00:00:00Z ", "2018-10-24 00:00:00Z", "2018-10-24T00:00:00+5",
        "2018-10-24T00:00:00+15:00", "x018-10-24T00:00:00Z"}) {
    vsphere::Time time{};
    EXPECT_FALSE(vsphere::parse_time(bad, time)) << bad;
  }
}

TEST(Printable, ShowsTextOnOneBoundedLine) {
  EXPECT_EQ(vsphere::printable("  a \r\n b\t"), "a b");
  EXPECT_EQ(vsphere::printable("a\x1b[0m\x7f\xC2\x85\xE2\x80\xAE"
                               "b"),
            "a?[0m???b");
  EXPECT_EQ(vsphere::printable("M\xC3\xBCller \xFC"), "M\xC3\xBCller ?");
  EXPECT_EQ(vsphere::printable("\xC3\xBC\xC3\xBC", 3), "\xC3\xBC...");
}

}  // namespace
