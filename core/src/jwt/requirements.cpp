#include "jwt/requirements.hpp"

#include "jwt/policy_members.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

struct reading : member_reading {
  rule_writer& rules;
  requirement* lists;
};
template <reader_of<reading>::type read>
constexpr auto as = reader_of<reading>::by<read>;

// Null with the error set.
claim_rule* add(reading& in, std::uint8_t asks, std::string_view claim) {
  claim_rule* const rule = in.rules.add(asks, claim);
  if (rule == nullptr) refuse_for_memory(in.error);
  return rule;
}

bool read_list(const json_node& value, const member_row& row, reading& in) {
  return read_names(value, in.lists->lists[row.number], in.error);
}

constexpr member_row requirement_rows[] = {
    {"all_of", as<read_list>, both, 0},
    {"any_of", as<read_list>, both, 1},
    {"none_of", as<read_list>, both, 2},
};

bool read_requirement(const json_node& value, requirement& out, reading& in) {
  if (!has_children(value, json_node::kind::object, limits::max_policy_members)) {
    return refuse(in.error, value, policy_text::requirement);
  }
  in.lists = &out;
  return read_members(value, requirement_rows, both, both, in);
}

bool read_grants(const json_node& value, const member_row& row, reading& in) {
  claim_rule* const rule = add(in, row.number, row.name);
  return rule != nullptr && read_requirement(value, rule->lists, in);
}

bool read_present(const json_node& value, const member_row& row, reading& in) {
  if (!has_children(value, json_node::kind::array, limits::max_named_claims)) {
    return refuse(in.error, value, policy_text::claim_names);
  }
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    if (!is_name(*item)) return refuse(in.error, *item, policy_text::name);
    if (add(in, row.number, item->text) == nullptr) return false;
  }
  return true;
}

bool read_claims(const json_node& value, const member_row& /*row*/, reading& in) {
  if (!has_children(value, json_node::kind::object, limits::max_named_claims)) {
    return refuse(in.error, value, policy_text::claims);
  }
  for (const json_node* claim = value.first; claim != nullptr; claim = claim->next) {
    // Unlike a name, the value of a claim may be empty.
    const bool text = claim->is_string() && claim->text.size() <= limits::max_string_bytes;
    const bool lists = claim->type == json_node::kind::object;
    if (!lists && !text && claim->type != json_node::kind::integer &&
        claim->type != json_node::kind::boolean) {
      return refuse(in.error, *claim, policy_text::claim);
    }
    claim_rule* const rule = add(in, lists ? claim_rule::strings : claim_rule::value, claim->name);
    if (rule == nullptr) return false;
    if (!lists) rule->wanted = claim;
    if (lists && !read_requirement(*claim, rule->lists, in)) return false;
  }
  return true;
}

constexpr member_row require_rows[] = {
    {"present", as<read_present>},
    {"claims", as<read_claims>},
    {"permissions", as<read_grants>, both, claim_rule::permissions},
    {"scope", as<read_grants>, both, claim_rule::scope},
    {"roles", as<read_grants>, both, claim_rule::roles},
    {"groups", as<read_grants>, both, claim_rule::groups},
};

}  // namespace

claim_rule* rule_writer::add(std::uint8_t asks, std::string_view claim) noexcept {
  *next_ = make_owned<claim_rule>();
  claim_rule* const rule = next_->get();
  if (rule == nullptr) return nullptr;
  next_ = &rule->next;
  rule->asks = static_cast<claim_rule::kind>(asks);
  rule->claim = claim;
  return rule;
}

bool read_requirements(const json_node& value, rule_writer& rules, policy_error& error) {
  if (!has_children(value, json_node::kind::object, limits::max_policy_members)) {
    return refuse(error, value, policy_text::requirements);
  }
  reading in{{error}, rules, nullptr};
  return read_members(value, require_rows, both, both, in);
}

}  // namespace portcullis
