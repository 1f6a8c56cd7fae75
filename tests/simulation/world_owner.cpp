// What the tunnel's owner does to it: drains, reloads, memory that others take, and the end.
#include <algorithm>
#include <memory>

#include "tests/simulation/world.hpp"

namespace lastframe::simulation {

void world::owner_acts(owner_act act) {
  using kind = owner_act::kind;
  switch (act.what) {
    case kind::drain:
      return drain(act);
    case kind::abort:
      observer_.aborted();
      return call("abort", [&] {
        driver_->look(room(), clock());
        driver_->machine().abort(clock());
        driver_->carry_out(clock());
      });
    case kind::fail:
      observer_.failed();
      return call("fail", [&] {
        driver_->machine().fail(clock());
        driver_->carry_out(clock());
      });
    case kind::take_budget:
      budget_->take(act.number);
      budget_taken_ += act.number;
      return;
    case kind::give_budget:
      budget_->give(act.number);
      budget_taken_ -= act.number;
      return;
    case kind::stall_client:
    case kind::stall_upstream:
      return wires_[act.what == kind::stall_client ? client : upstream].stall_until(
          agenda_.now() + static_cast<sim_time>(act.number));
    case kind::reload:
      return reload(act);
  }
}

// As the product's worker does: tunnels opened from here on begin with these.
void world::put_in_force(const protocol::tunnel_settings& settings) {
  in_force_ = std::make_shared<revision>(revision{settings, {&*budget_, &tally_, &pacer_, nullptr}});
  in_force_->context.settings = &in_force_->settings;
}

void world::reload(owner_act act) {
  put_in_force(scenario_.others);
  budget_->limit(act.number);
  if (fault_ == plant::deep_reload) held_->settings = scenario_.others;
}

// As the product plans a drain, with its deadline behind.
void world::drain(owner_act act) {
  const sim_time moment = agenda_.now() + static_cast<sim_time>(act.number);
  const sim_time deadline = agenda_.now() + scenario_.drain_grace;
  const sim_time latest = deadline - scenario_.settings.close_timeout.count() * millisecond;
  observer_.drained(moment, std::max(latest, agenda_.now()));
  scenario_.owner.push_back({deadline, owner_act::kind::abort});
  agenda_.add(deadline, event_kind::owner, 0, 0, scenario_.owner.size() - 1);
  call("drain", [&] {
    driver_->machine().drain(scenario_.drain_code, as_time(moment), as_time(std::max(latest, agenda_.now())),
                             clock());
    driver_->carry_out(clock());
  });
}

}  // namespace lastframe::simulation
