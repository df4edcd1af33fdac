// A session against a scripted transport, opened and closed by the script.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_transport.h"
#include "tests/support/soap_replies.h"
#include "vsphere-client/session.h"

class SessionFixture : public testing::Test {
 protected:
  void script_open() {
    net.answer("vimServiceVersions.xml", replies::load("vimServiceVersions"));
    net.answer("RetrieveServiceContent", replies::load("RetrieveServiceContent"));
    net.answer("Login", replies::load("Login"));
  }
  void open() {
    script_open();
    session.open();
  }
  void fault(const std::string& operation, const std::string& type) {
    net.answer(operation, replies::load("Fault-" + type), 500);
  }
  void reply(const std::string& name) {
    net.answer(name.substr(0, name.find('-')), replies::load(name));
  }
  void reference(const std::string& operation, const std::string& type, const std::string& id) {
    net.answer(operation, replies::reference(operation, type, id));
  }
  void done(const std::string& operation) {
    net.answer(operation, replies::response(operation, ""));
  }
  /// Every scripted answer was asked for, and who is logged in logs out.
  void TearDown() override {
    EXPECT_EQ(net.left_over(), "");
    if (session.user().empty()) return;
    reply("Logout");
    session.close();
    EXPECT_EQ(net.left_over(), "");
  }

  FakeTransport net;
  std::vector<vsphere::Credentials> passwords = {{"svc", "pw1"}};
  std::size_t asked = 0;
  vsphere::Session session{net,
                           [this] { return passwords[std::min(asked++, passwords.size() - 1)]; }};
};
