// The servers of the configurations that tests of this folder begin with.
#pragma once

namespace agent::test {

inline constexpr const char* kProd = R"(
[[vcenter]]
name = "prod"
mode = "act"
url = "https://vc.example.com/sdk"
username = "u"
password_env = "PW"
)";
inline constexpr const char* kLab = R"([[vcenter]]
name = "lab"
url = "https://192.0.2.7/sdk"
username = "u"
password_env = "PW"
)";

}  // namespace agent::test
