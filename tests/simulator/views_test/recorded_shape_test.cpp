#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/simulator/views_test/shape.h"
#include "tests/simulator/views_test/small_world.h"

namespace sim {
namespace {

std::filesystem::path recordings() {
  const char* given = std::getenv("DELTAKEEP_RECORDINGS");
  return given ? given : DELTAKEEP_SOURCE_DIR "/../shared/facts/recordings";
}

/// One property of the simulator's VM against the same property of a recorded one.
struct Case {
  const char* file;
  const char* property;
  LayerForm form;
  int snapshots;
  bool typed;  ///< written by the server itself
  const char* version;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.property << " in " << each.file; }

class RecordedShape : public testing::TestWithParam<Case> {};

TEST_P(RecordedShape, ElementsOrderAndTypesAreThoseOfTheRecording) {
  const Case& each = GetParam();
  const std::filesystem::path file = recordings() / each.file;
  if (!std::filesystem::exists(file))
    GTEST_SKIP() << "no recordings beside the source; set DELTAKEEP_RECORDINGS to their folder";
  pugi::xml_document recorded;
  ASSERT_TRUE(recorded.load_file(file.c_str()));
  const pugi::xpath_node found =
      recorded.select_node(("//*[local-name()='propSet'][*[local-name()='name']='" +
                            std::string(each.property) + "']/*[local-name()='val']")
                               .c_str());
  ASSERT_TRUE(found) << "the recording has no " << each.property;

  SmallWorld small;
  const Vm& vm = small.add_vm("vm-21", each.form, each.snapshots);
  const std::string xml = xml_of(small.world, vm.ref, each.property, each.version);
  pugi::xml_document ours;
  ASSERT_TRUE(ours.load_string(xml.c_str())) << xml;
  EXPECT_THAT(shape::differences(ours.document_element(), found.node(), each.typed),
              testing::IsEmpty());
}

constexpr const char* kVsan = "nri-vsphere/SDDC-Datacenter/0089-VirtualMachine-vm-1003.xml";
#define SESPARSE(number) \
  "pyvmomi-history/test_json_vm_explode_type@f64d5834/" number "-RetrievePropertiesExResponse.xml"

constexpr Case vsan(const char* property) {
  return {kVsan, property, LayerForm::VsanSparse, 6, false, "8.0.1.0"};
}
constexpr Case sesparse(const char* file, const char* property) {
  return {file, property, LayerForm::SeSparse, 1, true, "6.7"};
}

INSTANTIATE_TEST_SUITE_P(Vsan, RecordedShape,
                         testing::Values(vsan("snapshot"), vsan("layoutEx"), vsan("config"),
                                         vsan("layout"), vsan("runtime"), vsan("summary"),
                                         vsan("guest"), vsan("storage"), vsan("capability"),
                                         vsan("resourceConfig"), vsan("rootSnapshot"),
                                         vsan("datastore"), vsan("disabledMethod"),
                                         vsan("effectiveRole"), vsan("configStatus"),
                                         vsan("parent"), vsan("environmentBrowser")));
INSTANTIATE_TEST_SUITE_P(
    SeSparse, RecordedShape,
    testing::Values(sesparse(SESPARSE("067"), "snapshot"), sesparse(SESPARSE("056"), "layoutEx"),
                    sesparse(SESPARSE("054"), "config"), sesparse(SESPARSE("055"), "layout"),
                    sesparse(SESPARSE("057"), "storage"), sesparse(SESPARSE("062"), "runtime"),
                    sesparse(SESPARSE("063"), "guest"), sesparse(SESPARSE("064"), "summary")));

TEST(Shape, TellsAMissingOrderAWrongTypeAndAnUnknownElement) {
  pugi::xml_document theirs, swapped, unknown, typed, kind;
  theirs.load_string("<val xsi:type='A'><a>1</a><b>true</b><c xsi:type='C'/></val>");
  swapped.load_string("<val xsi:type='A'><b>true</b><a>2</a></val>");
  unknown.load_string("<val xsi:type='A'><a>1</a><d/></val>");
  typed.load_string("<val xsi:type='A'><c xsi:type='B'/></val>");
  kind.load_string("<val xsi:type='A'><b>yes</b></val>");
  const auto of = [&](const pugi::xml_document& ours) {
    return shape::differences(ours.document_element(), theirs.document_element(), true);
  };
  EXPECT_THAT(of(theirs), testing::IsEmpty());
  EXPECT_THAT(of(swapped), testing::ElementsAre("val/a: not recorded there"));
  EXPECT_THAT(of(unknown), testing::ElementsAre("val/d: not recorded there"));
  EXPECT_THAT(of(typed), testing::ElementsAre("val/c: type 'B', recorded 'C'"));
  EXPECT_THAT(of(kind), testing::ElementsAre("val/b: text, recorded boolean"));
}

}  // namespace
}  // namespace sim
