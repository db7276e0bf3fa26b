//! End-to-end tests. One program, so that it links once; a new test belongs into the file of its theme:
//!
//! - `contract`: the SDK adapter against the simulated account, call by call
//! - `build`: making a mirror target, through the adapter
//! - `story`: what a user does from day to day, with the real binary as a process
//! - `narrow`: `--vpc-id`, `--instance-id`, policies and guards
//! - `audit`: `session_mirror_audit`: what it says, what it may not read, and how it ends
//! - `bad_input`: what a user gets wrong
//! - `profiles`: filters by profile: what VPCs and files ask for, and what becomes of the filters
//! - `rules`: `--rules` and `rules check`: which file is read, and what is said of a wrong one
//! - `source_automation`: the scenarios of AWS's sample application, by file and by event, and what an event costs
//! - `regions`: several regions, each on its own
//! - `lock`: `--lock-file`
//! - `metrics`, `alerts`: `--metrics-file`, and the alert rules on it
//! - `log`: `--log-format json`, whatever happens
//! - `faults`: the account of most fault tests, and what AWS refuses in between
//! - `faults_network`, `faults_kill`, `faults_people`, `faults_denied`, `faults_lag`: what goes wrong, each ending with the
//!   check of the whole account
//! - `faults_rules`: the same of a run with rules, which launches and removes
//! - `pace`: what the flags of the pace promise
//! - `stop`: Ctrl-C, SIGTERM and `--timeout`
//! - `calls`: how many calls a run makes, and what the IAM policy allows
//! - `config_vpc`, `config_vpc_targets`: `session_mirror_config_vpc` by its flags: what it lists, writes and makes
//! - `config_vpc_pty`: the same with a person at the terminal
//! - `random`: accounts, faults and people drawn from a seed; `random_fleet`, `random_trouble` draw them
//! - `lists`, `lists_faults`: `session_mirror_blacklist` and `session_mirror_whitelist` by their flags
//! - `lists_pty`: the same with a person at the terminal
//! - `cursor`: an endpoint whose page token never changes
//! - `walk_through`: the README, word by word
//! - `questions`: how people are asked on a terminal, apart from the programs that ask
//! - `docs`: generated documents are what the code says
//!
//! `support` starts the account and the binary, `pty` a program on a terminal; `whole` checks a whole account, and `oracle`
//! knows what must be mirrored.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod alerts;
mod appliances;
mod appliances_contract;
mod audit;
mod audit_contract;
mod bad_input;
mod build;
mod calls;
mod config_vpc;
mod config_vpc_pty;
mod config_vpc_targets;
mod contract;
mod cursor;
mod docs;
mod faults;
mod faults_denied;
mod faults_kill;
mod faults_lag;
mod faults_network;
mod faults_people;
mod faults_rules;
mod lists;
mod lists_faults;
mod lists_pty;
mod lock;
mod log;
mod metrics;
mod narrow;
mod oracle;
mod pace;
mod profiles;
mod pty;
mod questions;
mod random;
mod random_fleet;
mod random_trouble;
mod regions;
mod rules;
mod source_automation;
mod stop;
mod story;
mod support;
mod walk_through;
mod whole;
