#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "read_reply.h"
#include "tests/support/soap_replies.h"
#include "vsphere-client/soap.h"

namespace {

using replies::envelope;
using replies::response;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::string page(const std::string& objects) {
  return response("RetrievePropertiesEx", "<returnval>" + objects + "</returnval>");
}

ReadReply read_page(const std::string& body, vsphere::ReplyLimits limits = {}) {
  return read_reply("RetrievePropertiesEx", "objects", body, {}, 200, limits);
}

TEST(SoapReader, CutsItemsOutAndLeavesTheRestAsTheReply) {
  const ReadReply read = read_page(page("<token>5</token><objects>a</objects><objects/>"));
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.items, SizeIs(2));
  EXPECT_EQ(read.frame,
            "<RetrievePropertiesExResponse xmlns=\"urn:vim25\"><returnval><token>5</token>"
            "</returnval></RetrievePropertiesExResponse>");
}

TEST(SoapReader, CutsOnlyAtTheRightDepth) {
  const ReadReply read =
      read_page(page("<objects><objects>inner</objects></objects><x><objects>no</objects></x>"));
  ASSERT_THAT(read.items, SizeIs(1));
  EXPECT_THAT(read.items[0], HasSubstr("<objects>inner</objects></objects>"));
  EXPECT_THAT(read.frame, HasSubstr("<x><objects>no</objects></x>"));
}

TEST(SoapReader, CutsReturnvalsThemselves) {
  const ReadReply read = read_reply(
      "RetrieveProperties", "returnval",
      response("RetrieveProperties", "<returnval>a</returnval><returnval>b</returnval>"));
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.items, SizeIs(2));
}

TEST(SoapReader, CutsAlongAPath) {
  const ReadReply read =
      read_reply("WaitForUpdatesEx", "returnval/filterSet/objectSet",
                 response("WaitForUpdatesEx",
                          "<returnval><version>1</version><filterSet><filter>f</filter>"
                          "<objectSet>a</objectSet></filterSet><filterSet><objectSet>b</objectSet>"
                          "</filterSet><objectSet>no</objectSet></returnval>"));
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.items, SizeIs(2));
  EXPECT_THAT(read.frame, HasSubstr("<objectSet>no</objectSet>"));
}

TEST(SoapReader, GivesAnItemTheSchemaPrefixOfTheEnvelope) {
  const ReadReply read = read_page(page("<objects xsi:type=\"X\"/>"));
  EXPECT_THAT(read.items,
              ElementsAre(HasSubstr("xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"")));
}

TEST(SoapReader, KeepsAnItemsOwnPrefix) {
  const std::string own = "<objects xmlns:xsi=\"urn:other\" xsi:type=\"X\"/>";
  const ReadReply read = read_page(page(own));
  EXPECT_THAT(read.items, ElementsAre("<objects xmlns:xsi=\"urn:other\" xsi:type=\"X\"/>"));
}

TEST(SoapReader, GivesAnEmptyReturnvalForACallWithoutResult) {
  vsphere::SoapReader reader("Logout", "", {});
  reader.feed(200, replies::load("Logout"));
  const vsphere::SoapReply reply = reader.finish(200, "text/xml");
  EXPECT_STREQ(reply.result().name(), "LogoutResponse");
  EXPECT_FALSE(reply.returnval());
}

TEST(SoapReader, AcceptsAHeaderAndOtherPrefixes) {
  const ReadReply read = read_page(
      "<E:Envelope "
      "xmlns:E='http://schemas.xmlsoap.org/soap/envelope/'><E:Header><a>text</a></E:Header>"
      "<E:Body><v:RetrievePropertiesExResponse "
      "xmlns:v='urn:vim25'><v:returnval><v:objects/></v:returnval>"
      "</v:RetrievePropertiesExResponse></E:Body></E:Envelope>\r\n");
  EXPECT_EQ(read.error, "");
  EXPECT_THAT(read.items, SizeIs(1));
}

TEST(SoapReader, KeepsControlCharactersThatRealServersSend) {
  const ReadReply read = read_page(page("<objects>a\x1b&#27;b</objects>"));
  EXPECT_EQ(read.error, "");
}

struct Refused {
  const char* name;
  std::string body;
  const char* says;
};

class SoapReaderRefuses : public testing::TestWithParam<Refused> {};

TEST_P(SoapReaderRefuses, WithItsReason) {
  const ReadReply read = read_page(GetParam().body);
  EXPECT_THAT(read.error, StartsWith("protocol: RetrievePropertiesEx: "));
  EXPECT_THAT(read.error, HasSubstr(GetParam().says));
}

std::string nested(int depth) {
  std::string body;
  for (int i = 0; i < depth; ++i) body += "<a>";
  for (int i = 0; i < depth; ++i) body += "</a>";
  return page("<objects>" + body + "</objects>");
}

const Refused kRefused[] = {
    {"DocumentType", "<!DOCTYPE a [<!ENTITY x 'y'>]>" + page(""), "document type"},
    {"DocumentTypeInside", page("<!DOCTYPE a>"), "document type"},
    {"EntityReference", page("<objects>&x;</objects>"), "character reference"},
    {"NulReference", page("<objects>prod&#0;-x</objects>"), "character reference"},
    {"NulReferenceInHex", page("<objects>prod&#x0000;-x</objects>"), "character reference"},
    {"NulReferenceInAttribute", page("<objects a='&#0;'/>"), "character reference"},
    {"SurrogateReference", page("<objects>&#xD800;</objects>"), "character reference"},
    {"ReferenceBeyondUnicode", page("<objects>&#x110000;</objects>"), "character reference"},
    {"HugeReference", page("<objects>&#99999999999;</objects>"), "character reference"},
    {"BareAmpersand", page("<objects>a & b and so on and on</objects>"), "character reference"},
    {"NulByte", page(std::string("<objects>a\0b</objects>", 22)), "NUL"},
    {"NulByteInTag", page(std::string("<obj\0ects/>", 11)), "NUL"},
    {"NulByteInComment", page(std::string("<!-- \0 -->", 10)), "NUL"},
    {"OverlongUtf8", page("<objects>\xC0\xAF</objects>"), "UTF-8"},
    {"Utf8Surrogate", page("<objects>\xED\xA0\x80</objects>"), "UTF-8"},
    {"Utf8BeyondUnicode", page("<objects>\xF4\x90\x80\x80</objects>"), "UTF-8"},
    {"Latin1", page("<objects>M\xFCller</objects>"), "UTF-8"},
    {"Latin1InAttribute", page("<objects a='\xFC'/>"), "UTF-8"},
    {"Latin1InCdata", page("<objects><![CDATA[\xFC]]></objects>"), "UTF-8"},
    {"OtherEncoding", "<?xml version='1.0' encoding='ISO-8859-1'?>" + page(""), "encoding"},
    {"ProcessingInstruction", page("<?php x?>"), "processing instruction"},
    {"TooDeep", nested(64), "deeper than 64"},
    {"WrongRoot", "<a/>", "no SOAP 1.1 envelope"},
    {"Soap12",
     "<E:Envelope xmlns:E='http://www.w3.org/2003/05/soap-envelope'><E:Body/></E:Envelope>",
     "no SOAP 1.1 envelope"},
    {"NoNamespace", "<Envelope><Body/></Envelope>", "no SOAP 1.1 envelope"},
    {"TwoBodyChildren", envelope("<RetrievePropertiesExResponse/><b/>"), "more than one element"},
    {"EmptyBody", envelope(""), "Body is empty"},
    {"TextInBody", envelope("x<RetrievePropertiesExResponse/>"), "around the body"},
    {"SecondRoot", page("") + "<b/>", "second document"},
    {"TextAfterwards", page("") + "HTTP/1.1 200 OK", "outside the envelope"},
    {"WrongEndTag", page("<objects><a></b></objects>"), "malformed"},
    {"WrongEndTagAround", page("<objects/></x><x>"), "malformed"},
    {"EndTagTooMany", page("") + "</a>", "never opened"},
    {"DuplicateTagSigns", page("<<objects/>"), "a tag holds"},
    {"BrokenAttribute", page("<objects a=b/>"), "malformed"},
    {"OtherResponse", response("Login", ""), "expected <RetrievePropertiesExResponse>"},
    {"CutOff", page("<objects/>").substr(0, 300), "breaks off"},
    {"HugeTag", page("<objects a='" + std::string(20'000, 'x') + "'/>"), "16 KiB"},
};

INSTANTIATE_TEST_SUITE_P(Bodies, SoapReaderRefuses, testing::ValuesIn(kRefused),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(SoapReader, CountsEveryOpenElementAgainstTheDepth) {
  EXPECT_EQ(read_page(nested(59)).error, "");
  EXPECT_THAT(read_page(nested(60)).error, HasSubstr("deeper than 64"));
}

TEST(SoapReader, HandsOverWholeItemsBeforeALaterError) {
  const ReadReply read = read_page(page("<objects>a</objects><objects>&#0;</objects>"));
  EXPECT_THAT(read.items, SizeIs(1));
  EXPECT_THAT(read.error, HasSubstr("character reference"));
}

TEST(SoapReader, LimitsPageItemAndFrame) {
  const vsphere::ReplyLimits small{.page_bytes = 900, .item_bytes = 64, .frame_bytes = 500};
  EXPECT_EQ(read_page(page("<objects>" + std::string(40, 'x') + "</objects>"), small).error, "");
  EXPECT_THAT(read_page(page("<objects>" + std::string(60, 'x') + "</objects>"), small).error,
              HasSubstr("objects is larger"));
  EXPECT_THAT(read_page(page("<x>" + std::string(300, 'x') + "</x>"), small).error,
              HasSubstr("without objects"));
  std::string many;
  for (int i = 0; i < 100; ++i) many += "<objects/>";
  EXPECT_THAT(read_page(page(many), small).error, HasSubstr("larger than"));
}

TEST(SoapReader, RefusesAResultThatCameWithAnErrorStatus) {
  EXPECT_THAT(read_reply("RetrievePropertiesEx", "objects", page("<objects/>"), {}, 500).error,
              HasSubstr("status that is not 200"));
}

struct Foreign {
  const char* name;
  int status;
  std::string body;
  std::vector<const char*> says;
};

class SoapReaderNames : public testing::TestWithParam<Foreign> {};

TEST_P(SoapReaderNames, WhatCameInstead) {
  const Foreign& foreign = GetParam();
  const ReadReply read = read_reply("Login", "", foreign.body, {}, foreign.status);
  EXPECT_THAT(read.error, StartsWith("protocol: Login: the server answered HTTP " +
                                     std::to_string(foreign.status)));
  for (const char* part : foreign.says) EXPECT_THAT(read.error, HasSubstr(part));
}

const std::string kPortal =
    "<!DOCTYPE html>\n<HTML><head><TITLE>\n Log in to\x1b[31m the \xE2\x80\xAEportal </TITLE>";
const Foreign kForeign[] = {
    {"HtmlTitle",
     200,
     kPortal + std::string(9000, ' '),
     {"HTML page titled 'Log in to?[31m the ?portal'"}},
    {"HtmlAsXml",
     200,
     "<html><head/><body/></html>",
     {"HTML page without a title", "check that the url"}},
    {"Envoy", 503, "no healthy upstream", {"'no healthy upstream'", "try again later"}},
    {"EmptyBody", 503, "", {"an empty body", "try again later"}},
    {"BlankBody", 200, "\r\n\r\n", {"an empty body"}},
    {"Redirect", 302, "", {"redirects are never followed"}},
    {"NotFound", 404, "<html><title>404</title></html>", {"titled '404'", "ends in /sdk"}},
    {"Proxy", 407, "authenticate", {"proxies"}},
    {"Json", 200, "{\"error\":1}", {"'{\"error\":1}' (text/xml)"}},
};

INSTANTIATE_TEST_SUITE_P(Bodies, SoapReaderNames, testing::ValuesIn(kForeign),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(SoapReader, KnowsWhichRefusalsMeanThatNothingWasDone) {
  const auto outcome = [](int status) {
    vsphere::SoapReader reader("RemoveSnapshot_Task", "", {});
    try {
      reader.feed(status, "no");
      reader.finish(status, "");
    } catch (const vsphere::Error& error) {
      return error.outcome();
    }
    throw std::logic_error("was read");
  };
  for (const int status : {301, 302, 307, 401, 403, 404, 405}) {
    EXPECT_EQ(outcome(status), vsphere::Outcome::NotExecuted) << status;
  }
  for (const int status : {200, 500, 502, 503, 504}) {
    EXPECT_EQ(outcome(status), vsphere::Outcome::Unknown) << status;
  }
}

TEST(SoapReader, LetsTheSinkEndTheReading) {
  vsphere::SoapReader reader("RetrievePropertiesEx", "objects",
                             [](pugi::xml_node) { throw std::runtime_error("disk full"); });
  EXPECT_THROW(reader.feed(200, page("<objects/>")), std::runtime_error);
}

}  // namespace
