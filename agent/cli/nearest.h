// "Did you mean": finds the word that a person most likely meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// Edits between two words, a swap of neighbours being one (optimal string alignment), in bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `word`; nothing when none is close (at most a third of its letters
/// wrong, or `word` being the beginning of it). The first one wins a tie.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

/// "; did you mean \"status\"?", or "" when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace agent
