#include "proxy/server/listeners.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include <unistd.h>

#include "proxy/config/changes.hpp"

namespace lastframe::server {

listeners::plan listeners::prepare(const config::settings& wanted) {
  plan made;
  const std::vector<std::string> names = config::listener_names(wanted);
  for (const opened& each : open_) {
    if (!each.inherited || std::ranges::find(names, each.name) != names.end()) continue;
    throw std::runtime_error("listeners." + each.name +
                             ": the service manager holds its socket, where nobody would be served: restart "
                             "to take it out");
  }
  // All are looked at before any is opened: those of the configuration may overlap.
  std::vector<std::vector<net::tcp_endpoint>> where(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto known = std::ranges::find(open_, names[i], &opened::name);
    made.all_.push_back(known != open_.end() ? *known : opened{names[i], {}});
    if (known == open_.end()) where[i] = look_up(wanted.listeners[i]);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!made.all_[i].addresses.empty()) continue;
    open(made, made.all_[i], wanted.listeners[i], std::move(where[i]));
  }
  refuse_what_is_left();
  return made;
}

// What has not come to be served leaves no file.
listeners::plan::~plan() {
  for (const std::string& each : files_) ::unlink(each.c_str());
}

void listeners::serve(plan prepared) {
  prepared.files_.clear();
  for (share& each : prepared.shares_) workers_[each.worker]->listen(std::move(each.socket));
  const auto log_those_only_in = [this](const std::vector<opened>& these, const std::vector<opened>& others,
                                        const char* message) {
    for (const opened& each : these) {
      if (std::ranges::find(others, each.name, &opened::name) != others.end()) continue;
      for (const std::string& at : each.addresses)
        log_.info(message, {{"address", at}, {"workers", workers_.size()}});
    }
  };
  log_those_only_in(prepared.all_, open_, "listening");
  log_those_only_in(open_, prepared.all_, "no longer listening");
  open_ = std::move(prepared.all_);
  addresses_.clear();
  for (const opened& each : open_)
    addresses_.insert(addresses_.end(), each.addresses.begin(), each.addresses.end());
}

/// The addresses of a TCP listener. Warns of those that others serve, too.
std::vector<net::tcp_endpoint> listeners::look_up(const config::listener& wanted) {
  const auto* tcp = std::get_if<config::host_port>(&wanted.where.where);
  if (tcp == nullptr) return {};
  auto where = net::resolve_listener(tcp->host, tcp->port);
  for (const net::tcp_endpoint& at : where) {
    const bool own = std::ranges::any_of(
        addresses_, [&](const std::string& each) { return each.ends_with(":" + std::to_string(at.port())); });
    if (own || inherited_at(at) != inherited_.end() || !net::is_served(at)) continue;
    log_.warning("another process listens here too: the kernel gives each a part of the connections",
                 {{"address", net::to_string(at)}});
  }
  return where;
}

void listeners::open(plan& made, opened& as, const config::listener& wanted,
                     std::vector<net::tcp_endpoint> where) {
  if (const auto* path = std::get_if<config::unix_path>(&wanted.where.where)) {
    if (open_inherited(made, as, net::unix_endpoint(path->path))) return;
    net::acceptor listening = net::listen_unix(workers_.front()->io(), path->path);
    made.files_.push_back(path->path);
    share_out(made, as, std::move(listening));
    as.addresses.push_back("unix:" + path->path);
    return;
  }
  std::erase_if(where, [&](const net::tcp_endpoint& at) { return open_inherited(made, as, at); });
  if (where.empty()) return;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    for (net::acceptor& each : net::listen_tcp_all(workers_[i]->io(), where))
      made.shares_.push_back({i, {.acceptor = std::move(each), .name = as.name}});
  }
  for (const net::tcp_endpoint& each : where) as.addresses.push_back(net::to_string(each));
}

bool listeners::open_inherited(plan& made, opened& as, const net::endpoint& where) {
  const auto found = inherited_at(where);
  if (found == inherited_.end()) return false;
  as.inherited = true;
  as.addresses.push_back(net::to_string(found->where));
  share_out(made, as, net::adopt(workers_.front()->io(), found->descriptor, found->where));
  inherited_.erase(found);
  return true;
}

/// Each worker accepts from the same socket.
void listeners::share_out(plan& made, const opened& as, net::acceptor listening) {
  const auto add = [&](std::size_t worker, net::acceptor part) {
    made.shares_.push_back(
        {worker, {.acceptor = std::move(part), .name = as.name, .inherited = as.inherited}});
  };
  for (std::size_t i = 1; i < workers_.size(); ++i) add(i, net::duplicate(workers_[i]->io(), listening));
  add(0, std::move(listening));
}

std::vector<net::inherited_listener>::iterator listeners::inherited_at(const net::endpoint& where) {
  return std::ranges::find_if(
      inherited_, [&](const net::inherited_listener& each) { return net::covers(each.where, where); });
}

// Who connects there would wait for ever.
void listeners::refuse_what_is_left() const {
  if (inherited_.empty()) return;
  throw std::runtime_error("the service manager passed on a socket at " +
                           net::to_string(inherited_.front().where) +
                           ", which no listener of the configuration has: make the two agree");
}

}  // namespace lastframe::server
