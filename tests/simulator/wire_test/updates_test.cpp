// The update stream: baseline in pages, changes, partial changes, versions, waiting.
#include <functional>
#include <thread>

#include "tests/simulator/wire_test/small_server.h"

namespace sim {
namespace {

class Updates : public SmallServer {
 protected:
  explicit Updates(std::size_t vms = 3, bool wait_steps = false)
      : SmallServer(vms, nullptr, wait_steps) {
    log_in();
  }

  Ref filter(const std::string& paths = "<pathSet>name</pathSet>", bool partial = false) {
    const pugi::xml_node made =
        ask("CreateFilter", kCollector,
            "<spec>" + spec_of(view_of_vms(), paths) + "</spec><partialUpdates>" +
                (partial ? "true" : "false") + "</partialUpdates>");
    return {"PropertyFilter", made.child("returnval").text().get()};
  }
  static std::string from(const std::string& version, const std::string& seconds = "0") {
    return "<version>" + version + "</version><options><maxWaitSeconds>" + seconds +
           "</maxWaitSeconds></options>";
  }
  pugi::xml_node updates(const std::string& version) {
    return ask("WaitForUpdatesEx", kCollector, from(version)).child("returnval");
  }
  static std::string version_in(const pugi::xml_node& set) {
    return set.child("version").text().get();
  }
  /// What a call that waits for updates answers, when `event` happens while it waits.
  HttpReply reply_after(const std::string& method, const std::string& arguments,
                        const std::function<void()>& event) {
    HttpReply reply;
    std::thread client([&] { reply = call(method, kCollector, arguments); });
    for (bool waits = false; !waits; std::this_thread::yield()) {
      const std::lock_guard guard(world_.mutex);
      waits = sessions_.list().front()->waiting == 1;
    }
    event();
    client.join();
    return reply;
  }
  void rename(const std::string& moid, const std::string& name) {
    world_.vms.at(moid).name = name;
    world_.touch({"VirtualMachine", moid}, "name");
  }
};

TEST_F(Updates, TellEveryObjectAtFirst) {
  const Ref made = filter("<pathSet>name</pathSet><pathSet>snapshot</pathSet>");
  const pugi::xml_node set = updates("");
  EXPECT_EQ(version_in(set), "1");
  EXPECT_EQ(texts(set, "filterSet/filter"), std::vector<std::string>{made.value});
  EXPECT_EQ(texts(set, "filterSet/objectSet/kind"), (std::vector<std::string>(3, "enter")));
  // An unset property is assigned nothing [recorded].
  const pugi::xml_node unset = set.select_node("//changeSet[name='snapshot']").node();
  EXPECT_STREQ(unset.child("op").text().get(), "assign");
  EXPECT_TRUE(unset.child("val").empty());
}

TEST_F(Updates, TellOnlyWhatChangedAfterwards) {
  filter();
  const std::string version = version_in(updates(""));
  EXPECT_TRUE(updates(version).empty());
  rename("vm-1001", "new");
  const pugi::xml_node set = updates(version);
  EXPECT_EQ(version_in(set), "2");
  EXPECT_EQ(texts(set, "//objectSet/kind"), std::vector<std::string>{"modify"});
  EXPECT_EQ(texts(set, "//obj"), std::vector<std::string>{"vm-1001"});
  EXPECT_EQ(texts(set, "//val"), std::vector<std::string>{"new"});
  EXPECT_TRUE(updates("2").empty());
}

TEST_F(Updates, SayNothingOfATouchThatChangedNothing) {
  filter();
  updates("");
  world_.touch({"VirtualMachine", "vm-1001"}, "layoutEx");
  EXPECT_TRUE(updates("1").empty());
}

TEST_F(Updates, TellWhoCameAndWhoLeft) {
  filter();
  updates("");
  world_.vms.erase("vm-1000");
  world_.touch({"VirtualMachine", "vm-1000"});
  add_vm("vm-2000", "late");
  const pugi::xml_node set = updates("1");
  const pugi::xml_node left = set.select_node("//objectSet[kind='leave']").node();
  EXPECT_STREQ(left.child("obj").text().get(), "vm-1000");
  EXPECT_TRUE(left.child("changeSet").empty());
  EXPECT_EQ(texts(set, "//objectSet[kind='enter']/obj"), std::vector<std::string>{"vm-2000"});
}

TEST_F(Updates, RepeatTheLastAnswerWhenItsReplyWasLost) {
  filter();
  updates("");
  rename("vm-1001", "new");
  const HttpReply first = call("WaitForUpdatesEx", kCollector, from("1"));
  EXPECT_EQ(call("WaitForUpdatesEx", kCollector, from("1")).body, first.body);
  EXPECT_TRUE(updates("2").empty());
}

TEST_F(Updates, RefuseAVersionThatNeverWas) {
  filter();
  updates("");
  EXPECT_EQ(fault_of(call("WaitForUpdatesEx", kCollector, from("17"))), "InvalidCollectorVersion");
}

TEST_F(Updates, StartAgainWithoutAVersion) {
  filter();
  updates("");
  const pugi::xml_node again = updates("");
  EXPECT_EQ(version_in(again), "2");
  EXPECT_EQ(texts(again, "//objectSet[kind='enter']").size(), 3U);
}

TEST_F(Updates, NamePartsWhenAskedFor) {
  filter("<pathSet>config.hardware.device</pathSet>", true);
  updates("");
  Vm& vm = world_.vms.at("vm-1000");
  vm.disks[0].label = "[ds] vm-1000/disk-000001.vmdk";
  Disk second;
  second.key = 2001;
  vm.disks.push_back(second);
  world_.touch(vm.ref, "config.hardware.device");
  const pugi::xml_node set = updates("1");
  EXPECT_EQ(texts(set, "//changeSet/name"),
            (std::vector<std::string>{"config.hardware.device[2000].backing.fileName",
                                      "config.hardware.device[2001]"}));
  EXPECT_EQ(texts(set, "//changeSet/op"), (std::vector<std::string>{"assign", "add"}));
  vm.disks.pop_back();
  world_.touch(vm.ref, "config.hardware.device");
  const pugi::xml_node gone = updates("2");
  EXPECT_EQ(texts(gone, "//changeSet/op"), std::vector<std::string>{"remove"});
  EXPECT_TRUE(gone.select_node("//changeSet/val").node().empty());
}

TEST_F(Updates, EndWithTheirFilter) {
  const Ref made = filter();
  updates("");
  ask("DestroyPropertyFilter", made);
  rename("vm-1001", "new");
  EXPECT_TRUE(updates("1").empty());
  EXPECT_EQ(fault_of(call("DestroyPropertyFilter", made)), "ManagedObjectNotFound");
}

TEST_F(Updates, AreApartForEachCollector) {
  const Ref other{"PropertyCollector",
                  ask("CreatePropertyCollector", kCollector).child("returnval").text().get()};
  filter();
  EXPECT_TRUE(ask("WaitForUpdatesEx", other, from("")).child("returnval").empty());
  EXPECT_EQ(version_in(updates("")), "1");
  ask("DestroyPropertyCollector", other);
  EXPECT_EQ(fault_of(call("WaitForUpdatesEx", other, from(""))), "ManagedObjectNotFound");
}

TEST_F(Updates, WakeTheClientThatWaits) {
  filter();
  updates("");
  const HttpReply reply = reply_after("WaitForUpdatesEx", from("1", "60"), [&] {
    const std::lock_guard guard(world_.mutex);
    rename("vm-1002", "awake");
  });
  EXPECT_THAT(reply.body, testing::HasSubstr("awake"));
}

TEST_F(Updates, EndAWaitThatIsCancelled) {
  filter();
  updates("");
  const HttpReply reply = reply_after("WaitForUpdates", "<version>1</version>",
                                      [&] { call("CancelWaitForUpdates", kCollector); });
  EXPECT_EQ(fault_of(reply), "RequestCanceled");
}

TEST_F(Updates, EndAWaitWhoseSessionWasCut) {
  filter();
  updates("");
  const HttpReply reply = reply_after("WaitForUpdates", "<version>1</version>", [&] {
    const std::lock_guard guard(world_.mutex);
    sessions_.close_all();
    world_.changed.notify_all();
  });
  EXPECT_EQ(fault_of(reply), "NotAuthenticated");
}

TEST_F(Updates, EndAWaitWhenTheServerRestarts) {
  filter();
  updates("");
  const HttpReply reply = reply_after("WaitForUpdates", "<version>1</version>", [&] {
    const std::lock_guard guard(world_.mutex);
    world_.restart();  // nobody else calls, so nobody else finds the session lost
  });
  EXPECT_EQ(fault_of(reply), "NotAuthenticated");
  EXPECT_EQ(fault_of(call("WaitForUpdatesEx", kCollector, from(""))), "NotAuthenticated");
}

TEST_F(Updates, LeaveAStoppedClockAlone) {
  filter();
  updates("");
  world_.at(world_.now() + std::chrono::hours(1), [&] { rename("vm-1001", "later"); });
  const Time before = world_.now();
  EXPECT_TRUE(updates("1").empty());
  EXPECT_EQ(world_.now(), before);
}

class WaitingSteps : public Updates {
 protected:
  WaitingSteps() : Updates(3, true) {
    filter();
    updates("");
  }
  pugi::xml_node waited(const std::string& version, const std::string& seconds) {
    return ask("WaitForUpdatesEx", kCollector, from(version, seconds)).child("returnval");
  }
  const Time begin_ = world_.now();
};

TEST_F(WaitingSteps, ToWhatHappensNextAndAnswersThen) {
  int unseen = 0;
  world_.at(begin_ + std::chrono::minutes(5), [&] { ++unseen; });  // nothing that a filter shows
  world_.at(begin_ + std::chrono::hours(9), [&] { rename("vm-1001", "later"); });
  world_.at(begin_ + std::chrono::hours(10), [&] { rename("vm-1001", "too late"); });
  EXPECT_EQ(texts(waited("1", "86400"), "//val"), std::vector<std::string>{"later"});
  EXPECT_EQ(world_.now() - begin_, std::chrono::hours(9));
  EXPECT_EQ(unseen, 1);
}

TEST_F(WaitingSteps, ByTheWholeWaitWhenNothingHappens) {
  world_.at(begin_ + std::chrono::hours(2), [&] { rename("vm-1001", "later"); });
  EXPECT_TRUE(waited("1", "3600").empty());
  EXPECT_EQ(world_.now() - begin_, std::chrono::hours(1));
  EXPECT_TRUE(waited("1", "0").empty());
  EXPECT_EQ(world_.now() - begin_, std::chrono::hours(1));
}

TEST_F(WaitingSteps, NotAtAllPastWhatIsAlreadyKnown) {
  rename("vm-1001", "now");
  EXPECT_EQ(texts(waited("1", "3600"), "//val"), std::vector<std::string>{"now"});
  EXPECT_EQ(world_.now(), begin_);
}

TEST_F(WaitingSteps, WithoutALimitToWhatHappensNext) {
  world_.at(begin_ + std::chrono::hours(100), [&] { rename("vm-1001", "later"); });
  const pugi::xml_node set =
      ask("WaitForUpdates", kCollector, "<version>1</version>").child("returnval");
  EXPECT_EQ(texts(set, "//val"), std::vector<std::string>{"later"});
}

class ManyUpdates : public Updates {
 protected:
  ManyUpdates() : Updates(250) {}
};

TEST_F(ManyUpdates, ComeAHundredAtATimeUnderVersionsForOneUse) {
  filter();
  const pugi::xml_node first = updates("");
  EXPECT_EQ(version_in(first), "0_1");
  EXPECT_EQ(texts(first, "//objectSet").size(), 100U);
  EXPECT_STREQ(first.last_child().name(), "truncated");
  EXPECT_EQ(version_in(updates("0_1")), "0_2");
  EXPECT_EQ(fault_of(call("WaitForUpdatesEx", kCollector, from("0_1"))), "InvalidCollectorVersion");
  const pugi::xml_node last = updates("0_2");
  EXPECT_EQ(version_in(last), "1");
  EXPECT_EQ(texts(last, "//objectSet").size(), 50U);
  EXPECT_TRUE(last.child("truncated").empty());
}

}  // namespace
}  // namespace sim
