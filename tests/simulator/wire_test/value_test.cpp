#include "tests/simulator/wire/value.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/simulator/wire/schema.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

std::string written(const Value& value, std::string_view declared = "",
                    std::string_view version = "8.0.2.0") {
  std::string out;
  write_value(out, "val", value, declared, version);
  return out;
}

TEST(Value, WritesFieldsInSchemaOrderWhateverOrderTheyWereSetIn) {
  Value tree = Value::object("VirtualMachineSnapshotTree");
  tree.set("replaySupported", Value::boolean(false));
  tree.set("childSnapshotList", Value::object("VirtualMachineSnapshotTree"));
  tree.set("name", Value::text("a<b"));
  tree.set("snapshot", Value::ref({"VirtualMachineSnapshot", "snapshot-1"}));
  EXPECT_EQ(written(tree, "VirtualMachineSnapshotTree"),
            "<val><snapshot type=\"VirtualMachineSnapshot\">snapshot-1</snapshot>"
            "<name>a&lt;b</name><childSnapshotList></childSnapshotList>"
            "<replaySupported>false</replaySupported></val>");
}

TEST(Value, WritesFieldsOfTheBaseFirst) {
  Value disk = Value::object("VirtualDisk");
  disk.set("capacityInKB", Value::long_integer(4));
  disk.set("key", Value::integer(2000));
  EXPECT_EQ(written(disk),
            "<val xsi:type=\"VirtualDisk\"><key>2000</key><capacityInKB>4</capacityInKB></val>");
}

TEST(Value, SaysTheTypeOnlyWhereTheDeclarationDoesNot) {
  Value parent = Value::object("VirtualDiskFlatVer2BackingInfo");
  parent.set("fileName", Value::text("base"));
  Value backing = Value::object("VirtualDiskFlatVer2BackingInfo");
  backing.set("fileName", Value::text("leaf")).set("parent", parent);
  Value disk = Value::object("VirtualDisk");
  disk.set("backing", backing);
  const Value devices = Value::array("ArrayOfVirtualDevice", "VirtualDevice", {disk});
  EXPECT_EQ(written(devices),
            "<val xsi:type=\"ArrayOfVirtualDevice\"><VirtualDevice xsi:type=\"VirtualDisk\">"
            "<backing xsi:type=\"VirtualDiskFlatVer2BackingInfo\"><fileName>leaf</fileName>"
            "<parent><fileName>base</fileName></parent></backing></VirtualDevice></val>");
}

TEST(Value, WritesReferencesWithBothTypesInsideAnArray) {
  const Value array = Value::array("ArrayOfManagedObjectReference", "ManagedObjectReference",
                                   {Value::ref({"Datastore", "datastore-9"})});
  EXPECT_EQ(written(array),
            "<val xsi:type=\"ArrayOfManagedObjectReference\"><ManagedObjectReference "
            "type=\"Datastore\" xsi:type=\"ManagedObjectReference\">datastore-9"
            "</ManagedObjectReference></val>");
}

TEST(Value, LeavesOutWhatTheVersionDoesNotKnow) {
  Value disk = Value::object("VirtualDisk");
  disk.set("capacityInKB", Value::long_integer(4)).set("guestReadOnly", Value::boolean(false));
  EXPECT_EQ(written(disk, "VirtualDisk", "8.0.1.0"), "<val><capacityInKB>4</capacityInKB></val>");
  EXPECT_NE(written(disk, "VirtualDisk", "8.0.2.0").find("guestReadOnly"), std::string::npos);
}

TEST(Value, RefusesAFieldThatTheSchemaDoesNotHave) {
  Value disk = Value::object("VirtualDisk");
  disk.set("capacity", Value::long_integer(4));
  EXPECT_THROW(written(disk), std::logic_error);
}

TEST(Value, RefusesAnObjectOfAnotherKindThanDeclared) {
  Value disk = Value::object("VirtualDisk");
  disk.set("backing", Value::object("VirtualCdrom"));
  EXPECT_THROW(written(disk), std::logic_error);
}

TEST(Value, RefusesTwoValuesWhereTheSchemaHasOne) {
  Value disk = Value::object("VirtualDisk");
  disk.set_all("key", {Value::integer(1), Value::integer(2)});
  EXPECT_THROW(written(disk), std::logic_error);
}

TEST(Value, FollowsAPathIntoAnArrayByKey) {
  Value hardware = Value::object("VirtualHardware");
  std::vector<Value> devices(2, Value::object("VirtualDisk"));
  devices[0].set("key", Value::integer(2000));
  devices[1].set("key", Value::integer(2001)).set("capacityInKB", Value::long_integer(7));
  hardware.set("device", Value::array("ArrayOfVirtualDevice", "VirtualDevice", devices));
  const Value* const disk = hardware.step("device")->step("[2001]");
  ASSERT_NE(disk, nullptr);
  EXPECT_EQ(disk->step("capacityInKB")->text(), "7");
  EXPECT_EQ(hardware.step("device")->step("[2002]"), nullptr);
  EXPECT_EQ(
      written(hardware, "VirtualHardware"),
      "<val><device xsi:type=\"VirtualDisk\"><key>2000</key></device><device "
      "xsi:type=\"VirtualDisk\"><key>2001</key><capacityInKB>7</capacityInKB></device></val>");
}

TEST(Value, TrimsTheFractionOfATime) {
  EXPECT_EQ(written(Value::time(Time(0us)), "xsd:dateTime"), "<val>1970-01-01T00:00:00Z</val>");
  EXPECT_EQ(written(Value::time(Time(1'696'419'580'120'300us)), "xsd:dateTime"),
            "<val>2023-10-04T11:39:40.1203Z</val>");
  EXPECT_EQ(written(Value::time(Time(7us)), "xsd:dateTime"),
            "<val>1970-01-01T00:00:00.000007Z</val>");
}

TEST(CompareVersions, ComparesNumbersNotText) {
  EXPECT_LT(compare_versions("6.7", "6.7.1"), 0);
  EXPECT_LT(compare_versions("6.7.3", "6.10"), 0);
  EXPECT_LT(compare_versions("9.0.0.0", "10.0"), 0);
  EXPECT_EQ(compare_versions("7.0", "7.0.0.0"), 0);
  EXPECT_GT(compare_versions("8.0.2.0", "8.0.1.0"), 0);
}

TEST(Schema, KnowsEveryBaseAndNamesEachFieldOnce) {
  std::size_t types = 0;
  for (const auto part :
       {fault_schema(), device_schema(), vm_schema(), inventory_schema(), service_schema()}) {
    for (const SchemaRow& row : part) {
      const SchemaType* const type = schema_type(row.type);
      ASSERT_NE(type, nullptr) << row.type;
      std::set<std::string> names;
      for (const SchemaField& field : type->fields) {
        EXPECT_TRUE(names.insert(field.name).second) << row.type << "." << field.name;
      }
      ++types;
    }
  }
  EXPECT_GT(types, 400U);
}

TEST(Schema, TellsWhatDerivesFromWhat) {
  EXPECT_TRUE(schema_derives("NotAuthenticated", "MethodFault"));
  EXPECT_TRUE(schema_derives("SnapshotCloneNotSupported", "MigrationFault"));
  EXPECT_FALSE(schema_derives("SnapshotCloneNotSupported", "SnapshotFault"));
  EXPECT_TRUE(schema_derives("VirtualLsiLogicSASController", "VirtualController"));
}

}  // namespace
}  // namespace sim
