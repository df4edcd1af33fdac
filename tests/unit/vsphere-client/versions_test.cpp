#include "vsphere-client/versions.h"

#include <gtest/gtest.h>

namespace {

TEST(Versions, AreComparedByNumber) {
  EXPECT_EQ(vsphere::newest_version_up_to("8.0.2.0"), "8.0.2.0");
  EXPECT_EQ(vsphere::newest_version_up_to("8.0.2"), "8.0.2.0");
  EXPECT_EQ(vsphere::newest_version_up_to("6.7"), "6.7");
  EXPECT_EQ(vsphere::newest_version_up_to("6.7.9"), "6.7.3");
  EXPECT_EQ(vsphere::newest_version_up_to("10.0"), "9.1.0.0");
}

TEST(Versions, TooOldOrNoNumbersMatchNone) {
  for (const char* version : {"", "5.1", "uA046D008", "8.", "8.x", "-1", "1.2.3.4.5.6.7"}) {
    EXPECT_EQ(vsphere::newest_version_up_to(version), "") << version;
  }
}

}  // namespace
