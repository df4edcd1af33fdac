#include "vsphere-client/keyed_digest.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace {

using vsphere::KeyedDigest;

const std::string kKey = "0123456789abcdef";

KeyedDigest::Value digest_of(std::initializer_list<std::string_view> list,
                             const std::string& key = kKey) {
  KeyedDigest digest(key);
  for (const std::string_view bytes : list) digest.add(bytes);
  return digest.finish();
}

TEST(KeyedDigest, IsTheSameForTheSameBytesAlsoFromAUsedOne) {
  KeyedDigest digest(kKey);
  digest.add("something else").finish();
  EXPECT_EQ(digest.add("one").add("two").finish(), digest_of({"one", "two"}));
}

TEST(KeyedDigest, ChangesWithEachSingleBitOfTheBytes) {
  std::string text(100, 'x');
  std::set<KeyedDigest::Value> seen{digest_of({text})};
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(seen.insert(digest_of({text})).second) << "bit " << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST(KeyedDigest, TellsListsApartThatReadTheSameWhenJoined) {
  EXPECT_NE(digest_of({"ab", "c"}), digest_of({"a", "bc"}));
  EXPECT_NE(digest_of({"abc"}), digest_of({"abc", ""}));
  EXPECT_NE(digest_of({}), digest_of({""}));
  EXPECT_NE(digest_of({std::string("a\0", 2)}), digest_of({"a"})) << "padding counts for nothing";
}

TEST(KeyedDigest, DependsOnItsKey) {
  EXPECT_NE(digest_of({"abc"}), digest_of({"abc"}, "0123456789abcdeF"));
}

TEST(KeyedDigest, RefusesAKeyOfAnotherLength) {
  EXPECT_THROW(KeyedDigest("short"), std::logic_error);
}

}  // namespace
