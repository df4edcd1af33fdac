#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "read_reply.h"
#include "tests/support/soap_replies.h"

namespace {

struct Sample {
  std::string name, operation, item, body;
};

/// Files are called <operation>-<case>.xml; faults answer any call.
std::vector<Sample> samples() {
  std::vector<Sample> out;
  for (const auto& entry : std::filesystem::directory_iterator(replies::folder())) {
    Sample sample;
    sample.name = entry.path().stem().string();
    if (sample.name == "vimServiceVersions") continue;
    sample.operation = sample.name.substr(0, sample.name.find('-'));
    sample.item =
        sample.operation == "WaitForUpdatesEx" ? "returnval/filterSet/objectSet" : "objects";
    sample.body = replies::load_file(entry.path());
    out.push_back(sample);
  }
  return out;
}

TEST(SoapChunks, SamplesAreThere) { EXPECT_GT(samples().size(), 20u); }

TEST(SoapChunks, OneByteAtATimeReadsTheSame) {
  for (const Sample& sample : samples()) {
    const std::vector<std::size_t> ones(sample.body.size(), 1);
    const ReadReply whole = read_reply(sample.operation, sample.item, sample.body);
    EXPECT_EQ(read_reply(sample.operation, sample.item, sample.body, ones), whole) << sample.name;
    const bool is_fault = sample.operation == "Fault";
    EXPECT_EQ(whole.error.empty(), !is_fault) << sample.name << ": " << whole.error;
  }
}

TEST(SoapChunks, CutOffAtAnyByteIsAnError) {
  for (const Sample& sample : samples()) {
    const std::size_t end = sample.body.rfind("Envelope>") + 9;
    for (std::size_t length = 0; length < end; ++length) {
      const ReadReply read = read_reply(sample.operation, sample.item,
                                        std::string_view(sample.body).substr(0, length));
      ASSERT_EQ(read.error.substr(0, 9), "protocol:") << sample.name << " at " << length;
    }
  }
}

/// A reply with some bytes changed for others that mean something in XML.
std::string damaged(std::string body) {
  const auto& signs = "<>&;/!?[]\"'=x#0- \t\n\0\x80\xC3\xF0";
  const int changes = *rc::gen::inRange(0, 4);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
    body[at] = signs[*rc::gen::inRange<std::size_t>(0, sizeof signs - 1)];
  }
  return body;
}

RC_GTEST_PROP(SoapChunks, ChunkingChangesNothingEvenForDamagedReplies, ()) {
  static const std::vector<Sample> kSamples = samples();
  const Sample& sample = kSamples[*rc::gen::inRange<std::size_t>(0, kSamples.size())];
  const std::string body = damaged(sample.body);
  const vsphere::ReplyLimits limits{
      .page_bytes = *rc::gen::element<std::uint64_t>(300, 900, 1 << 20),
      .item_bytes = *rc::gen::element<std::uint64_t>(100, 400, 1 << 20),
      .frame_bytes = *rc::gen::element<std::uint64_t>(200, 600, 1 << 20)};
  const auto cuts =
      *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 200));
  RC_ASSERT(read_reply(sample.operation, sample.item, body, cuts, 200, limits) ==
            read_reply(sample.operation, sample.item, body, {}, 200, limits));
}

RC_GTEST_PROP(SoapChunks, AnyBytesAreReadOrRefusedButNeverMore, (const std::string& noise)) {
  const ReadReply read = read_reply("Login", "objects", noise);
  RC_ASSERT(read.items.empty());
  RC_ASSERT(!read.error.empty());
}

}  // namespace
