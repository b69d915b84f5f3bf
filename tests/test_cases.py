"""Which tests show the cases that the programs are held to; each is there."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent

CASES: Final[dict[int, str]] = {
    # Restoring what an attacker may have written
    1: """history/test_extract_hostile.py a_name_no_file_can_have_is_refused_and_the_rest_goes_on
        history/test_races.py whatever_is_swapped_nothing_is_written_elsewhere""",
    2: "history/test_extract_hostile.py a_name_no_file_can_have_is_refused_and_the_rest_goes_on",
    3: """history/test_extract_hostile.py
        a_link_of_the_set_is_not_followed_into_a_directory_of_the_same_name""",
    4: "history/test_extract_hostile.py a_link_at_the_target_is_replaced_and_its_goal_untouched",
    5: """history/test_extract_hostile.py a_directory_swapped_for_a_link_is_noticed
        history/test_races.py whatever_is_swapped_nothing_is_written_elsewhere""",
    6: """history/test_extract_links.py a_refused_first_name_does_not_keep_the_others_back
        history/test_extract_links.py what_replaced_the_first_name_is_not_linked_to
        history/test_races.py whatever_is_swapped_nothing_is_written_elsewhere""",
    7: "whole/test_odd_names.py hard_links_across_directories_and_to_links_come_back",
    8: """history/test_specials.py
        devices_that_may_not_be_made_are_counted_and_the_rest_comes_back
        history/test_extract_metadata.py
        an_ordinary_user_gets_no_foreign_owner_and_no_set_id_bits
        history/test_extended.py without_its_owner_a_file_gets_no_capability""",
    9: "history/test_races.py what_a_link_points_to_stays_as_it_is",
    10: """history/test_extended.py what_may_not_or_cannot_be_is_counted_once_a_file
        history/test_extended.py root_sets_capabilities_after_the_owner
        whole/test_attributes.py others_restore_what_they_may_and_are_told_of_the_rest""",
    11: """history/test_extract_hostile.py
        a_fifo_at_the_target_is_replaced_without_being_opened
        history/test_specials.py a_fifo_at_the_place_of_a_file_is_not_waited_for""",
    12: """history/test_restore_rules.py
        names_that_differ_by_case_are_refused_where_case_is_one""",
    13: "history/test_extract_metadata.py a_directory_nobody_may_enter_is_filled_first",
    14: """cli/test_restore_choice.py the_source_itself_is_restored_over_by_force_only
        cli/test_restore_choice.py a_store_is_no_target_by_force_either
        cli/test_regenerate.py stores_and_the_top_are_no_place_to_restore_to""",
    15: """history/test_extract_damage.py a_content_longer_than_declared_stops_there
        store/test_reader.py a_hostile_row_of_a_content_is_refused
        delta/test_patching.py the_work_for_a_delta_is_bounded_by_its_size""",
    16: """streams/test_compression.py a_bomb_costs_no_more_than_what_it_declares
        streams/test_compression.py a_message_that_is_a_bomb_costs_its_limit
        whole/test_hostile_sets.py a_bomb_in_a_compressed_frame_is_refused
        whole/test_hostile_sets.py a_bomb_in_a_content_is_refused""",
    17: """store/test_deltas.py a_chain_that_goes_round_is_refused
        store/test_deltas.py a_chain_longer_than_it_says_is_refused
        store/test_deltas.py a_chain_as_long_as_a_catalog_may_say_does_not_exhaust_us""",
    18: """delta/test_patching.py hostile_deltas_are_refused
        delta/test_patching.py noise_is_refused_or_has_the_declared_size""",
    19: """history/test_extract_damage.py a_damaged_file_is_kept_renamed_or_left_out
        cli/test_regenerate.py an_older_good_version_is_offered""",
    20: """render/test_names.py any_name_becomes_printable_and_encodable
        cli/test_lstardis.py odd_names_are_escaped
        cli/test_lstardis.py print0_tells_paths_exactly_and_nothing_else
        whole/test_odd_names.py what_is_shown_of_an_odd_name_cannot_harm_a_terminal""",
    21: """history/test_extract_existing.py a_full_disk_leaves_no_half_file_under_its_name
        history/test_extract_workers.py
        an_interrupted_run_leaves_no_process_and_nothing_half_made
        history/test_restore_rules.py a_second_run_writes_only_what_is_not_as_it_should_be""",
    22: """history/test_access.py a_tree_has_what_the_user_may_read_and_the_rest_is_told
        history/test_access.py what_is_asked_for_by_its_path_needs_search_on_the_way""",
    # Store and crash safety
    23: """whole/test_crash_points.py a_daemon_killed_in_any_durable_step_harms_nothing
        store/test_crash_steps.py a_later_run_may_end_at_any_step
        a_first_run_may_end_at_any_step whole/test_crash.py
        the_next_run_takes_over_number_and_uploads_of_a_killed_one""",
    24: """whole/test_crash.py a_kill_at_any_instant_harms_no_completed_set
        a_power_cut_at_any_instant_harms_no_completed_set
        a_power_cut_right_after_the_answer_loses_nothing""",
    25: """whole/test_full_disk.py a_disk_that_fills_up_at_any_byte_spares_the_sets
        a_full_disk_fails_the_run_and_spares_the_sets whole/test_low_space.py
        purging_works_with_no_byte_left""",
    # Damage to a store
    26: """whole/test_damage.py damage_is_told_restored_around_and_healed
        store/test_scrub_reading.py a_sector_that_cannot_be_read_costs_what_lies_there""",
    27: """whole/test_crash_points.py a_call_that_fails_once_fails_the_run_and_nothing_else
        store/test_flush.py a_lost_write_is_never_forgotten
        those_who_wait_for_a_flush_that_fails_fail_with_it store/test_committer.py
        what_was_written_before_a_failed_flush_is_never_appended_to""",
    28: """whole/test_full_disk.py a_disk_that_becomes_read_only_in_the_middle_fails_the_run""",
    29: """museum/test_check.py each_exhibit_is_told_as_it_was_pinned
        museum/test_repair.py a_damaged_catalog_is_left_alone""",
    30: """store/test_rebuild.py everything_comes_back_without_any_copy lost_manifests_are_told
        whole/test_recover.py every_set_comes_back_without_a_catalog
        an_encrypted_store_comes_back_without_anybodys_password""",
    31: """museum/test_check.py what_damage_hits_is_just_what_cannot_be_restored
        museum/test_repair.py after_a_repair_all_that_is_left_is_told
        whole/test_damage.py damage_is_told_restored_around_and_healed""",
    32: """museum/test_check.py each_exhibit_is_told_as_it_was_pinned
        store/test_scrub_classic.py strangers_are_told""",
    33: """store/test_pruning.py a_file_that_a_row_names_again_is_not_removed
        purging_needs_the_writers_lock random_histories_and_purges
        a_reader_finds_what_was_moved_meanwhile""",
    34: """store/test_pruning.py the_end_at_any_step_harms_no_set_and_the_next_purge_finishes
        whole/test_purge_crash.py no_set_that_stays_is_harmed""",
    35: """whole/test_busy.py a_second_run_is_refused_at_once_with_who_and_since_when
        after_the_daemon_was_killed_the_next_run_just_works
        a_local_run_and_the_daemon_are_never_two_writers store/test_lock.py
        it_ends_with_its_process""",
    36: """policy/test_retention.py what_is_sheltered_stays_whatever_is_asked policy/test_naming.py
        a_provisional_name_tells_the_time_and_is_free
        the_first_format_whose_name_is_free_names_a_set store/test_copies.py
        the_new_copy_stays_though_the_clock_went_back""",
    37: """policy/test_naming.py a_set_name_that_means_something_else_is_refused
        the_first_format_whose_name_is_free_names_a_set server/test_checks.py
        a_set_is_not_opened_under_a_name_that_cannot_be whole/test_hostile_client.py
        a_set_name_never_reaches_a_path""",
    38: """store/test_upgrade.py it_is_refused_until_it_is_upgraded
        the_copy_is_the_catalog_as_it_was a_newer_store_is_refused it_may_end_at_any_step
        store/catalog/test_migrations.py
        a_newer_catalog_is_read_only_if_it_says_that_we_understand_it""",
    39: """store/test_copies.py every_copy_is_whole_and_holds_its_own_time
        a_copy_is_made_while_the_writer_has_the_catalog_open
        rows_that_are_not_committed_are_not_in_a_copy whole/test_counted.py
        nobody_but_sqlite_opens_the_catalog""",
    40: """store/catalog/test_connection.py a_catalog_left_in_wal_is_turned_back
        a_catalog_held_in_wal_by_others_is_not_written a_mode_that_does_not_change_is_refused""",
    41: """whole/test_store_places.py a_store_works_on_every_file_system
        a_writer_that_was_killed_harms_no_set_on_any_file_system
        what_lies_in_a_store_any_file_system_can_name""",
    42: """store/test_copies.py only_the_newest_few_are_kept
        none_asked_for_makes_none_and_keeps_what_is_there
        copies_lie_beside_a_catalog_that_lies_elsewhere
        a_disk_that_fills_up_leaves_the_older_copies_and_no_half_one""",
    43: """whole/test_odd_names.py any_depth_comes_back a_directory_of_very_many_entries_comes_back
        whole/test_sparse.py one_program_needs_little_memory_for_many_extents""",
    44: """server/test_signed_sets.py an_older_state_is_told_to_clients_and_tools
        another_history_is_told store/test_rebuild.py keys_of_another_store_are_refused""",
    # Reading sources
    45: """scan/test_reading.py
        a_file_that_is_written_to_while_it_is_read_is_read_again_and_then_marked
        scan/test_reading.py a_file_that_shrinks_again_and_again_says_what_was_read
        whole/test_detection.py
        a_file_written_all_the_time_is_stored_as_some_state_and_said_to_change""",
    46: """client/test_job.py a_file_that_vanishes_is_taken_out_of_the_books
        client/test_job.py a_directory_that_vanishes_is_told_as_empty
        scan/test_reading.py a_file_that_is_gone_or_something_else_by_now_vanished
        scan/test_walker.py a_directory_that_was_replaced_is_told_as_gone""",
    47: """client/test_upload.py what_may_not_be_read_is_left_out_or_a_problem
        scan/test_walker.py a_directory_that_may_not_be_listed_or_searched_is_told
        whole/test_programs.py an_unreadable_file_is_a_problem_for_who_is_not_root
        whole/test_oddities.py what_may_not_be_read_is_named_when_that_is_wanted""",
    48: """whole/test_kinds.py pipes_and_sockets_come_back_without_a_word
        scan/test_reading.py
        a_file_of_no_size_that_has_bytes_is_marked_and_not_waited_for
        whole/test_kinds.py devices_come_back_for_root_and_are_left_out_for_others""",
    49: """whole/test_odd_names.py names_of_any_bytes_come_back
        whole/test_oddities.py all_oddities_come_back_and_none_is_read_again""",
    50: "whole/test_sparse.py a_terabyte_with_a_megabyte_in_it",
    51: """server/test_links.py names_of_files_that_only_look_alike_are_told_apart
        whole/test_changing_roots.py names_of_one_file_in_two_roots_are_one_file
        whole/test_detection.py a_directory_moved_away_and_its_inode_reused_in_its_old_place
        whole/test_detection.py a_file_exchanged_for_another_of_the_same_size_and_date""",
    52: """whole/test_detection.py an_edit_hidden_by_its_old_date
        whole/test_detection.py an_edit_in_the_same_second_that_keeps_the_date""",
    53: """whole/test_odd_names.py dates_of_any_time_come_back
        history/test_extract_metadata.py times_far_away_come_back""",
    54: """history/test_extract_metadata.py owners_go_by_name_where_this_machine_knows_it
        whole/test_odd_names.py every_owner_comes_back""",
    55: """whole/test_identities.py
        what_is_mounted_while_a_run_goes_on_is_stored_or_left_out
        whole/test_changing_roots.py a_bind_mount_shows_one_directory_twice
        whole/test_excludes.py loops_of_links_and_of_mounts_end""",
    56: """whole/test_excludes.py rules_that_change_between_runs_cost_no_content_again
        whole/test_excludes.py a_hundred_thousand_patterns_are_obeyed
        whole/test_excludes.py explain_agrees_with_what_is_saved
        policy/test_rules.py what_is_kept_wins_wherever_it_is_told
        policy/test_globs.py patterns_made_to_be_slow_are_not""",
    57: """whole/test_excludes.py the_store_itself_is_left_out_wherever_it_shows
        scan/test_places.py a_view_of_backups_is_never_entered""",
    # Hostile peers
    58: """whole/test_hostile_client.py half_a_frame_and_silence_hold_nobody_up
        server/test_visit.py who_does_not_greet_is_dropped net/test_listener.py
        too_many_visits_are_turned_away""",
    59: """whole/test_hostile_client.py noise_is_dropped an_impossible_length_is_refused_at_once
        what_is_no_greeting_is_refused_in_words protocol/test_codec.py
        a_length_over_the_limit_is_refused_before_the_rest_comes deep_nesting_is_refused
        empty_claims_and_odd_types_are_refused what_has_another_shape_is_no_message
        a_bomb_is_refused_within_bounds""",
    # Who gets in
    60: """server/test_login.py nothing_is_answered_before_the_login
        nothing_is_answered_after_a_login_that_failed
        server/test_visit.py words_of_a_run_before_a_set_is_open_are_refused""",
    61: """server/test_login.py wrong_password_unknown_client_and_unknown_slot_look_alike
        the_questions_look_alike_and_stay_the_same""",
    62: """policy/test_logins.py a_thousand_guesses_take_days
        server/test_login.py a_restart_makes_nobody_wait_less
        guesses_are_logged_for_fail2ban_and_delayed_for_that_address
        whole/test_open_clients.py
        a_client_without_a_password_is_served_here_alone_unless_all_are
        whole/test_passwords.py guesses_are_slowed_down_over_a_restart""",
    63: """crypto/test_login.py a_number_that_is_nothing_in_the_group_is_refused
        who_sends_nothing_of_the_group_cannot_log_in_without_the_secret
        a_proof_is_good_for_one_login_only a_proof_that_is_cut_is_wrong
        every_secret_logs_in_whatever_its_numbers_begin_with
        both_sides_speak_with_another_implementation""",
    64: """net/test_tls.py a_certificate_that_nobody_vouches_for_is_refused
        a_trusted_certificate_must_be_for_the_host another_key_than_the_pinned_one_is_refused
        a_server_that_does_not_speak_tls_is_told a_client_that_does_not_speak_tls_is_told
        versions_that_are_too_old_are_refused
        whole/test_tls.py a_backup_and_what_is_not_trusted
        a_server_without_tls_is_never_fallen_back_to""",
    65: """whole/test_hostile_client.py a_name_that_is_no_client_is_refused policy/test_naming.py
        a_client_name_that_could_lead_elsewhere_is_refused
        whatever_passes_is_one_component_of_a_path server/test_checks.py
        a_store_is_never_looked_for_under_a_name_that_cannot_be""",
    66: """server/test_intake.py a_directory_of_another_time_cannot_be_listed server/test_offers.py
        a_delta_stands_on_what_was_offered web/test_hostile.py
        another_client_is_never_answered_for""",
    67: """whole/test_rights.py a_refused_purge_leaves_a_complete_set_and_a_trace
        server/test_purging.py a_refused_purge_never_spoils_the_set server/test_permits.py
        a_denial_goes_to_the_log_and_is_noted a_refused_wish_leaves_no_set_and_not_even_a_store""",
    68: """policy/test_retention.py sets_without_a_format_of_the_server policy/test_rights.py
        a_wish_needs_what_it_asks_for server/test_permits.py
        a_kind_has_the_priority_of_the_server_or_its_own""",
    69: """server/test_settling.py bytes_that_do_not_match_their_digest_are_refused
        server/test_receiving.py a_wrong_digest_or_size_is_refused""",
    70: """server/test_intake.py a_directory_of_another_time_cannot_be_listed
        a_hostile_listing_ends_the_visit_and_changes_nothing server/test_receiving.py
        an_upload_that_nobody_asked_for_is_refused_before_its_bytes server/test_settling.py
        a_file_that_nobody_asked_for_is_refused""",
    71: """server/test_allowance.py a_run_over_the_quota_fails_and_what_it_brought_goes
        versions_of_files_are_counted_too""",
    72: """server/test_visit.py every_message_border_is_a_safe_place_to_stop
        what_was_sent_before_the_line_was_lost_is_not_sent_again server/test_receiving.py
        a_line_that_is_cut_within_an_upload_leaves_nothing""",
    73: """server/test_visit.py a_second_writer_is_refused_with_who_and_since_when
        a_forced_run_asks_the_holder_to_stop""",
    74: """server/test_visit.py a_client_of_another_version_is_told_so""",
    # What is served by HTTP
    75: """web/test_hostile.py no_way_leads_out_of_a_backup_or_a_client
        odd_bytes_in_urls_are_refused_or_not_there
        a_huge_range_and_a_thousand_of_them_read_no_more_than_the_file
        head_tells_nothing_that_get_would_not
        other_methods_are_refused
        a_body_of_a_gigabyte_is_refused_before_it_is_sent
        names_of_files_stay_within_their_header
        a_page_of_somebody_else_can_change_nothing
        cookies_are_kept_from_scripts_and_from_other_sites
        another_client_is_never_answered_for
        what_is_private_is_kept_by_nobody_else
        metrics_are_not_for_strangers
        a_mark_of_one_user_tells_another_nothing
        web/pages/test_routes.py forms_of_other_sites_are_refused
        two_users_at_once_see_only_their_own every_link_of_every_page_leads_somewhere_safe
        web/pages/test_sending.py an_archive_is_kept_under_the_name_of_its_directory""",
    # What is encrypted
    76: """crypto/test_sealing.py every_changed_byte_is_noticed_with_and_without_the_key
        every_cut_is_noticed_and_so_is_what_is_added
        crypto/test_seals.py
        every_changed_byte_of_a_piece_is_refused_also_where_the_checksum_is_made_to_fit
        a_piece_has_one_place_in_one_content
        server/test_sealed.py a_content_that_was_cut_or_swapped_is_refused
        server/test_sealed_deltas.py what_was_swapped_is_refused another_basis_is_refused
        server/test_sealed_flips.py what_was_changed_gets_no_final_name""",
    77: """cli/test_unlocking.py what_is_wrong_brings_nothing
        crypto/test_slots.py every_changed_bit_of_a_wrapped_key_is_noticed
        crypto/test_keyfile.py every_changed_digit_of_a_slot_is_noticed
        admin/test_passwords.py nothing_changes_with_a_wrong_password
        store/test_rekeying.py a_crash_leaves_the_old_keys_or_the_new
        store/test_key_file.py each_refusal_is_one_clear_sentence
        admin/test_key_crash.py a_store_with_its_keys_is_never_shut
        a_store_whose_keys_are_in_a_file_is_never_shut a_first_password_is_set_or_not""",
    78: """crypto/test_kdf.py a_cost_below_the_floor_is_refused
        a_cost_beyond_reason_is_refused_before_memory_is_taken
        client/test_login.py
        a_server_that_asks_for_another_kdf_is_refused_before_a_password_is_spent""",
    79: """server/test_signed_sets.py an_older_state_is_told_to_clients_and_tools
        another_history_is_told what_was_changed_in_the_catalog_is_told
        who_has_not_seen_it_believes_it_once_and_says_so""",
    80: """server/test_sealed_deltas.py
        a_forged_signature_is_an_alarm_and_the_file_goes_whole
        crypto/test_seals.py a_signature_belongs_to_its_content a_million_pieces_share_nothing
        crypto/test_sealing.py no_salt_comes_twice_and_one_content_is_never_sealed_alike
        crypto/test_names.py a_name_is_sealed_the_same_for_ever
        server/test_sealed.py two_backups_of_one_tree_have_nothing_in_common""",
    81: """crypto/test_sealing.py it_is_what_the_format_says
        crypto/test_names.py the_cipher_is_that_of_the_standard
        crypto/test_keys.py the_published_vectors_come_out
        what_follows_from_a_master_key_never_changes
        crypto/test_digests.py the_published_vector_comes_out
        crypto/test_kdf.py it_is_argon2id
        crypto/test_login.py the_published_vector_comes_out""",
    82: """cli/test_hiding.py a_secret_is_gone_from_the_arguments
        crypto/test_kdf.py neither_arguments_nor_environment_show_the_password
        crypto/test_keys.py keys_show_themselves_to_nobody
        cli/test_passwords.py what_is_kept_of_the_settings_has_no_secret
        no_core_is_written_once_there_is_a_password
        store/test_key_file.py nobody_else_may_read_it
        whole/test_secrets.py no_secret_is_shown_logged_kept_or_handed_on
        whole/test_passwords.py the_password_is_found_nowhere
        whole/test_sealed_deltas.py
        a_change_costs_its_change_and_nothing_of_it_is_found_anywhere""",
    83: """admin/test_encrypt.py
        whatever_ends_it_every_set_can_be_read_and_it_is_finished_later
        what_is_sealed_is_never_sealed_again
        it_goes_stage_by_stage_and_runs_may_come_between""",
    84: """whole/test_keys.py no_key_that_left_the_store_is_found_in_it
        admin/test_recovery.py what_is_scanned_brings_a_lost_keyslot_back""",
}
"""Number of the case to files below this directory, and the tests in them that show it."""


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    text = (TESTS / path).read_text(encoding="utf-8")
    return frozenset(re.findall(r"^def test_(\w+)", text, re.M))


@pytest.mark.parametrize("number", sorted(CASES))
def test_each_case_has_tests(number: int) -> None:
    path, shown = "", 0
    for word in CASES[number].split():
        if word.endswith(".py"):
            path = word
            continue
        assert word in names_in(path), f"{path} has no test_{word}"
        shown += 1
    assert shown
