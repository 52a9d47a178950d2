"""Every address × every role. An address that the tables don't list fails the test, so that none is added
without somebody saying who may go there.

The three cases belong to Ekstads kommun, and Mina is co-applicant in each: `draft`, `review` (in review; Asta has
declared no conflict, Una has not declared, Kim has declared a conflict) and `decided` (approved, with its document).
Numbers are HTTP statuses; 302 for an anonymous visitor is the way to sign in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from applications import team, workflow, writing
from applications.certificates import issue
from applications.models import Application, Certificate, CoApplicant, Evidence, Question, Status
from members.models import Invitation, InvitationBase, User

from .cases import Cast, join, make_application, make_user, questions, upload

pytestmark = pytest.mark.django_db

ROLES = (
    "anonymous",
    "nobody",
    "viewer",
    "editor",
    "signatory",
    "co_applicant",
    "stranger",
    "unassigned",
    "undeclared",
    "advisor",
    "conflicted",
    "decider",
    "administrator",
)

GET = """
front                                                -        200 200 200 200 200 200 200 200 200 200 200 200 200
questions                                            -        200 200 200 200 200 200 200 200 200 200 200 200 200
accessibility                                        -        200 200 200 200 200 200 200 200 200 200 200 200 200
register                                             -        200 200 200 200 200 200 200 200 200 200 200 200 200
verify_form                                          -        200 200 200 200 200 200 200 200 200 200 200 200 200
verify                                               -        404 404 404 404 404 404 404 404 404 404 404 404 404
set_language                                         -        302 302 302 302 302 302 302 302 302 302 302 302 302
healthz                                              -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_login                                        -        200 302 302 302 302 302 302 302 302 302 302 302 302
account_logout                                       -        302 200 200 200 200 200 200 200 200 200 200 200 200
account_inactive                                     -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_signup                                       -        200 302 302 302 302 302 302 302 302 302 302 302 302
account_reauthenticate                               -        302 200 200 200 200 200 200 200 200 200 200 200 200
account_email                                        -        302 200 200 200 200 200 200 200 200 200 200 200 200
account_email_verification_sent                      -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_change_password                              -        302 200 200 200 200 200 200 200 200 200 200 200 200
account_set_password                                 -        302 302 302 302 302 302 302 302 302 302 302 302 302
second_factor                                        -        302 302 302 302 302 302 302 302 302 302 302 302 302
mail_preferences                                     -        302 200 200 200 200 200 200 200 200 200 200 200 200
account_reset_password                               -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_confirm_login_code                           -        302 302 302 302 302 302 302 302 302 302 302 302 302
account_confirm_email                                -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_reset_password_from_key_done                 -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_reset_password_from_key                      -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_reset_password_done                          -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_request_login_code                           -        200 302 302 302 302 302 302 302 302 302 302 302 302
mfa_index                                            -        302 200 200 200 200 200 200 200 200 200 200 200 200
mfa_authenticate                                     -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_reauthenticate                                   -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_activate_totp                                    -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_deactivate_totp                                  -        302 404 404 404 404 404 404 404 404 404 404 404 404
mfa_view_recovery_codes                              -        302 404 404 404 404 404 404 404 404 404 404 404 404
mfa_generate_recovery_codes                          -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_download_recovery_codes                          -        302 404 404 404 404 404 404 404 404 404 404 404 404
mfa_list_webauthn                                    -        302 200 200 200 200 200 200 200 200 200 200 200 200
mfa_add_webauthn                                     -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_reauthenticate_webauthn                          -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_remove_webauthn                                  -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_edit_webauthn                                    -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_login_webauthn                                   -        302 302 302 302 302 302 302 302 302 302 302 302 302
team                                                 draft    302 404 200 200 200 200 404 404 404 404 404 404 404
endorse                                              draft    302 405 405 405 405 405 405 405 405 405 405 405 405
co_applicant_send_again                              draft    302 405 405 405 405 405 405 405 405 405 405 405 405
co_applicant_remove                                  draft    302 404 403 403 200 403 404 404 404 404 404 404 404
hand_over                                            draft    302 405 405 405 405 405 405 405 405 405 405 405 405
team                                                 review   302 404 200 200 200 200 404 404 404 404 404 404 404
endorse                                              review   302 405 405 405 405 405 405 405 405 405 405 405 405
co_applicant_send_again                              review   302 405 405 405 405 405 405 405 405 405 405 405 405
co_applicant_remove                                  review   302 404 403 403 200 403 404 404 404 404 404 404 404
hand_over                                            review   302 405 405 405 405 405 405 405 405 405 405 405 405
team                                                 decided  302 404 200 200 200 200 404 404 404 404 404 404 404
endorse                                              decided  302 405 405 405 405 405 405 405 405 405 405 405 405
co_applicant_send_again                              decided  302 405 405 405 405 405 405 405 405 405 405 405 405
co_applicant_remove                                  decided  302 404 403 403 200 403 404 404 404 404 404 404 404
hand_over                                            decided  302 405 405 405 405 405 405 405 405 405 405 405 405
organisation                                         -        302 404 200 200 200 404 404 404 404 404 404 404 404
organisation_contacts                                -        302 404 403 403 200 404 404 404 404 404 404 404 404
logo                                                 -        302 404 200 200 200 404 404 404 404 404 404 404 404
change_logo                                          -        302 404 403 403 200 404 404 404 404 404 404 404 404
remove_logo                                          -        302 405 405 405 405 405 405 405 405 405 405 405 405
change_role                                          -        302 405 405 405 405 405 405 405 405 405 405 405 405
remove_person                                        -        302 404 403 200 200 404 404 404 404 404 404 404 404
invitation_send_again                                -        302 405 405 405 405 405 405 405 405 405 405 405 405
invitation_withdraw                                  -        302 405 405 405 405 405 405 405 405 405 405 405 405
invitation                                           -        404 404 404 404 404 404 404 404 404 404 404 404 404
me                                                   -        302 200 200 200 200 200 200 200 200 200 200 200 200
my_data                                              -        302 200 200 200 200 200 200 200 200 200 200 200 200
my_removal                                           -        302 200 200 200 200 200 200 200 200 200 200 200 200
my_removal_take_back                                 -        302 405 405 405 405 405 405 405 405 405 405 405 405
application_list                                     -        302 200 200 200 200 200 200 200 200 200 200 200 200
application_start                                    -        302 403 403 200 200 403 200 403 403 403 403 403 403
diagnosis_start                                      -        302 403 403 200 200 403 200 403 403 403 403 403 403
application                                          draft    302 404 200 200 200 200 404 404 404 404 404 404 404
application                                          review   302 404 200 200 200 200 404 404 404 404 404 404 404
application                                          decided  302 404 200 200 200 200 404 404 404 404 404 404 404
facts                                                draft    302 404 200 200 200 200 404 404 404 404 404 404 404
facts                                                review   302 404 200 200 200 200 404 404 404 404 404 404 404
facts                                                decided  302 404 200 200 200 200 404 404 404 404 404 404 404
question                                             draft    302 404 200 200 200 200 404 404 404 404 404 404 404
question                                             review   302 404 200 200 200 200 404 404 404 404 404 404 404
question                                             decided  302 404 200 200 200 200 404 404 404 404 404 404 404
autosave                                             draft    302 405 405 405 405 405 405 405 405 405 405 405 405
presence                                             draft    302 405 405 405 405 405 405 405 405 405 405 405 405
self_assessment                                      draft    302 404 200 200 200 200 404 404 404 404 404 404 404
autosave                                             review   302 405 405 405 405 405 405 405 405 405 405 405 405
presence                                             review   302 405 405 405 405 405 405 405 405 405 405 405 405
self_assessment                                      review   302 404 200 200 200 200 404 404 404 404 404 404 404
autosave                                             decided  302 405 405 405 405 405 405 405 405 405 405 405 405
presence                                             decided  302 405 405 405 405 405 405 405 405 405 405 405 405
self_assessment                                      decided  302 404 200 200 200 200 404 404 404 404 404 404 404
check                                                draft    302 404 200 200 200 200 404 404 404 404 404 404 404
check                                                review   302 404 302 302 302 302 404 404 404 404 404 404 404
check                                                decided  302 404 302 302 302 302 404 404 404 404 404 404 404
receipt                                              draft    302 404 404 404 404 404 404 404 404 404 404 404 404
receipt                                              review   302 404 200 200 200 200 404 404 404 404 404 404 404
receipt                                              decided  302 404 200 200 200 200 404 404 404 404 404 404 404
decision                                             draft    302 404 404 404 404 404 404 404 404 404 404 404 404
decision                                             review   302 404 404 404 404 404 404 404 404 404 404 404 404
decision                                             decided  302 404 200 200 200 200 404 404 404 404 404 404 404
decision_letter                                      draft    302 404 404 404 404 404 404 404 404 404 404 404 404
decision_letter                                      review   302 404 404 404 404 404 404 404 404 404 404 404 404
decision_letter                                      decided  302 404 200 200 200 200 404 404 404 404 404 404 404
feedback_report                                      draft    302 404 404 404 404 404 404 404 404 404 404 404 404
feedback_report                                      review   302 404 404 404 404 404 404 404 404 404 404 404 404
feedback_report                                      decided  302 404 200 200 200 200 404 404 404 404 404 404 404
appeal                                               draft    302 404 404 404 404 404 404 404 404 404 404 404 404
appeal                                               review   302 404 404 404 404 404 404 404 404 404 404 404 404
appeal                                               decided  302 404 404 404 404 404 404 404 404 404 404 404 404
withdraw                                             draft    302 404 403 403 200 403 404 404 404 404 404 404 404
withdraw                                             review   302 404 403 403 200 403 404 404 404 404 404 404 404
withdraw                                             decided  302 404 403 403 302 403 404 404 404 404 404 404 404
application_pdf                                      draft    302 404 200 200 200 200 404 404 404 404 404 404 404
application_pdf                                      review   302 404 200 200 200 200 404 404 404 200 404 404 404
application_pdf                                      decided  302 404 200 200 200 200 404 404 404 200 404 200 404
renew                                                draft    302 405 405 405 405 405 405 405 405 405 405 405 405
renew                                                review   302 405 405 405 405 405 405 405 405 405 405 405 405
renew                                                decided  302 405 405 405 405 405 405 405 405 405 405 405 405
recommendations                                      draft    302 404 404 404 404 404 404 404 404 404 404 404 404
recommendations                                      review   302 404 404 404 404 404 404 404 404 404 404 404 404
recommendations                                      decided  302 404 404 404 404 404 404 404 404 404 404 404 404
carry_over                                           draft    302 404 404 404 404 404 404 404 404 404 404 404 404
carry_over                                           review   302 404 404 404 404 404 404 404 404 404 404 404 404
carry_over                                           decided  302 404 404 404 404 404 404 404 404 404 404 404 404
diagnosis_result                                     draft    302 404 404 404 404 404 404 404 404 404 404 404 404
diagnosis_result                                     review   302 404 404 404 404 404 404 404 404 404 404 404 404
diagnosis_result                                     decided  302 404 404 404 404 404 404 404 404 404 404 404 404
diagnosis_report                                     draft    302 404 404 404 404 404 404 404 404 404 404 404 404
diagnosis_report                                     review   302 404 404 404 404 404 404 404 404 404 404 404 404
diagnosis_report                                     decided  302 404 404 404 404 404 404 404 404 404 404 404 404
diagnosis_apply                                      draft    302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_apply                                      review   302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_apply                                      decided  302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_delete                                     draft    302 404 302 302 302 302 404 404 404 404 404 404 404
diagnosis_delete                                     review   302 404 302 302 302 302 404 404 404 404 404 404 404
diagnosis_delete                                     decided  302 404 302 302 302 302 404 404 404 404 404 404 404
evidence                                             draft    302 404 200 200 200 200 404 404 404 404 404 404 404
evidence                                             review   302 404 200 200 200 200 404 404 404 200 404 404 404
evidence                                             decided  302 404 200 200 200 200 404 404 404 200 404 200 404
evidence_in_place                                    draft    302 404 200 200 200 200 404 404 404 404 404 404 404
evidence_in_place                                    review   302 404 200 200 200 200 404 404 404 200 404 404 404
evidence_in_place                                    decided  302 404 200 200 200 200 404 404 404 200 404 200 404
evidence_thumbnail                                   draft    302 404 200 200 200 200 404 404 404 404 404 404 404
evidence_thumbnail                                   review   302 404 200 200 200 200 404 404 404 200 404 404 404
evidence_thumbnail                                   decided  302 404 200 200 200 200 404 404 404 200 404 200 404
add_evidence                                         draft    302 404 302 302 302 302 404 404 404 404 404 404 404
add_evidence                                         review   302 404 302 302 302 302 404 404 404 404 404 404 404
add_evidence                                         decided  302 404 302 302 302 302 404 404 404 404 404 404 404
reuse_evidence                                       draft    302 405 405 405 405 405 405 405 405 405 405 405 405
reuse_evidence                                       review   302 405 405 405 405 405 405 405 405 405 405 405 405
reuse_evidence                                       decided  302 405 405 405 405 405 405 405 405 405 405 405 405
describe_evidence                                    draft    302 405 405 405 405 405 405 405 405 405 405 405 405
describe_evidence                                    review   302 405 405 405 405 405 405 405 405 405 405 405 405
describe_evidence                                    decided  302 405 405 405 405 405 405 405 405 405 405 405 405
link_evidence                                        draft    302 405 405 405 405 405 405 405 405 405 405 405 405
link_evidence                                        review   302 405 405 405 405 405 405 405 405 405 405 405 405
link_evidence                                        decided  302 405 405 405 405 405 405 405 405 405 405 405 405
replace_evidence                                     draft    302 405 405 405 405 405 405 405 405 405 405 405 405
replace_evidence                                     review   302 405 405 405 405 405 405 405 405 405 405 405 405
replace_evidence                                     decided  302 405 405 405 405 405 405 405 405 405 405 405 405
dismiss_evidence                                     draft    302 405 405 405 405 405 405 405 405 405 405 405 405
dismiss_evidence                                     review   302 405 405 405 405 405 405 405 405 405 405 405 405
dismiss_evidence                                     decided  302 405 405 405 405 405 405 405 405 405 405 405 405
remove_evidence                                      draft    405 405 405 405 405 405 405 405 405 405 405 405 405
remove_evidence                                      review   405 405 405 405 405 405 405 405 405 405 405 405 405
remove_evidence                                      decided  405 405 405 405 405 405 405 405 405 405 405 405 405
certificate                                          draft    302 404 404 404 404 404 404 404 404 404 404 404 404
certificate                                          review   302 404 404 404 404 404 404 404 404 404 404 404 404
certificate                                          decided  302 404 200 200 200 200 404 200 200 200 200 200 200
admin:index                                          -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:login                                          -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:logout                                         -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:password_change                                -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:password_change_done                           -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:autocomplete                                   -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:jsi18n                                         -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:view_on_site                                   -        302 404 404 404 404 404 404 404 404 404 404 404 404
admin:members_user_changelist                        -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_add                               -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_history                           -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_delete                            -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_change                            -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_removal                           -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_changelist                -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_add                       -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_history                   -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_delete                    -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_change                    -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_merge                     -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_merge_with                -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_import                -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_import_confirm        -        302 404 404 404 404 404 404 403 403 403 403 403 405
admin:members_organisation_import_template       -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_export                -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_certificate_changelist            -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_certificate_change                decided  302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_certificate_status                decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_certificate_document              decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_questionnaire_changelist          -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_add                 -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_history             -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_delete              -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_questionnaire_change              -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_differences         -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_copy                -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_questionnaire_publish             -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_take-back           -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_questionnaire_preview             -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_preview-question    -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_question_changelist               -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:applications_question_add                      -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_question_history                  -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_question_delete                   -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_question_change                   -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_application_changelist            -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_application_change                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_change                review   302 404 404 404 404 404 404 200 200 200 404 200 200
admin:applications_application_change                decided  302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_application_assign                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_assign                review   302 404 404 404 404 404 404 200 200 200 404 403 200
admin:applications_application_assign                decided  302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_application_declare               draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_declare               review   302 404 404 404 404 404 404 403 200 200 404 403 403
admin:applications_application_declare               decided  302 404 404 404 404 404 404 403 403 200 403 403 403
admin:applications_application_appeal                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_appeal                review   302 404 404 404 404 404 404 403 403 403 404 403 403
admin:applications_application_appeal                decided  302 404 404 404 404 404 404 403 403 403 403 404 403
admin:applications_application_review                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_review                review   302 404 404 404 404 404 404 403 302 200 404 403 403
admin:applications_application_review                decided  302 404 404 404 404 404 404 403 403 200 403 403 403
admin:applications_application_completion            draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_completion            review   302 404 404 404 404 404 404 403 403 200 404 403 403
admin:applications_application_completion            decided  302 404 404 404 404 404 404 403 403 200 403 403 403
admin:applications_application_decide                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_decide                review   302 404 404 404 404 404 404 403 403 403 404 403 403
admin:applications_application_decide                decided  302 404 404 404 404 404 404 403 403 302 403 302 403
admin:applications_application_further-review        draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_further-review        review   302 404 404 404 404 404 404 403 403 403 404 403 403
admin:applications_application_further-review        decided  302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_application_decision              draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_decision              review   302 404 404 404 404 404 404 403 403 403 404 403 403
admin:applications_application_decision              decided  302 404 404 404 404 404 404 403 403 200 403 200 403
admin:applications_application_preview_letter        draft    302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_preview_letter        review   302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_preview_letter        decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_preview_certificate   draft    302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_preview_certificate   review   302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_preview_certificate   decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_statistics            -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_application_calibration           -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_application_export                -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_application_export_file           -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:django_tasks_database_dbtaskresult_changelist  -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:django_tasks_database_dbtaskresult_add         -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:django_tasks_database_dbtaskresult_history     -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:django_tasks_database_dbtaskresult_delete      -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:django_tasks_database_dbtaskresult_change      -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:app_list                                       -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_application_assign_several        -        302 404 404 404 404 404 404 200 200 200 200 404 200
admin:applications_application_extension             review   302 404 404 404 404 404 404 302 302 302 404 403 302
admin:applications_application_extension             decided  302 404 404 404 404 404 404 302 302 302 302 403 302
admin:applications_application_held                  review   302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_held                  decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_held_list             -        302 404 404 404 404 404 404 403 403 403 403 200 403
admin:applications_application_review_autosave       review   302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_review_autosave       decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_review_presence       review   302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_review_presence       decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_talk                  review   302 404 404 404 404 404 404 403 403 403 404 403 403
admin:applications_application_talk                  decided  302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_application_unassign              review   302 404 404 404 404 404 404 200 200 200 404 403 200
admin:applications_application_unassign              decided  302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_completiontemplate_add            -        302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_completiontemplate_change         -        302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_completiontemplate_changelist     -        302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_completiontemplate_delete         -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_completiontemplate_history        -        302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_timelimit_add                     -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_timelimit_change                  -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_timelimit_changelist              -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_timelimit_delete                  -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_timelimit_history                 -        302 404 404 404 404 404 404 403 403 403 403 403 200
"""

POST = """
front                                                -        405 405 405 405 405 405 405 405 405 405 405 405 405
questions                                            -        405 405 405 405 405 405 405 405 405 405 405 405 405
accessibility                                        -        405 405 405 405 405 405 405 405 405 405 405 405 405
register                                             -        405 405 405 405 405 405 405 405 405 405 405 405 405
verify_form                                          -        405 405 405 405 405 405 405 405 405 405 405 405 405
verify                                               -        405 405 405 405 405 405 405 405 405 405 405 405 405
set_language                                         -        400 400 400 400 400 400 400 400 400 400 400 400 400
healthz                                              -        405 405 405 405 405 405 405 405 405 405 405 405 405
account_login                                        -        200 302 302 302 302 302 302 302 302 302 302 302 302
account_logout                                       -        302 302 302 302 302 302 302 302 302 302 302 302 302
account_inactive                                     -        405 405 405 405 405 405 405 405 405 405 405 405 405
account_signup                                       -        200 302 302 302 302 302 302 302 302 302 302 302 302
account_reauthenticate                               -        302 200 200 200 200 200 200 200 200 200 200 200 200
account_email                                        -        302 302 302 302 302 302 302 302 302 302 302 302 302
account_email_verification_sent                      -        405 405 405 405 405 405 405 405 405 405 405 405 405
account_change_password                              -        302 200 200 200 200 200 200 200 200 200 200 200 200
account_set_password                                 -        302 302 302 302 302 302 302 302 302 302 302 302 302
second_factor                                        -        302 405 405 405 405 405 405 405 405 405 405 405 405
mail_preferences                                     -        302 302 302 302 302 302 302 302 302 302 302 302 302
account_reset_password                               -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_confirm_login_code                           -        302 302 302 302 302 302 302 302 302 302 302 302 302
account_confirm_email                                -        404 404 404 404 404 404 404 404 404 404 404 404 404
account_reset_password_from_key_done                 -        405 405 405 405 405 405 405 405 405 405 405 405 405
account_reset_password_from_key                      -        200 200 200 200 200 200 200 200 200 200 200 200 200
account_reset_password_done                          -        405 405 405 405 405 405 405 405 405 405 405 405 405
account_request_login_code                           -        200 302 302 302 302 302 302 302 302 302 302 302 302
mfa_index                                            -        302 405 405 405 405 405 405 405 405 405 405 405 405
mfa_authenticate                                     -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_reauthenticate                                   -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_activate_totp                                    -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_deactivate_totp                                  -        302 404 404 404 404 404 404 404 404 404 404 404 404
mfa_view_recovery_codes                              -        302 405 405 405 405 405 405 405 405 405 405 405 405
mfa_generate_recovery_codes                          -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_download_recovery_codes                          -        302 404 404 404 404 404 404 404 404 404 404 404 404
mfa_list_webauthn                                    -        302 405 405 405 405 405 405 405 405 405 405 405 405
mfa_add_webauthn                                     -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_reauthenticate_webauthn                          -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_remove_webauthn                                  -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_edit_webauthn                                    -        302 302 302 302 302 302 302 302 302 302 302 302 302
mfa_login_webauthn                                   -        302 302 302 302 302 302 302 302 302 302 302 302 302
team                                                 draft    302 404 403 403 200 403 404 404 404 404 404 404 404
endorse                                              draft    302 404 403 403 403 302 404 404 404 404 404 404 404
co_applicant_send_again                              draft    302 404 403 403 302 403 404 404 404 404 404 404 404
co_applicant_remove                                  draft    302 404 403 403 302 403 404 404 404 404 404 404 404
hand_over                                            draft    302 404 403 302 302 403 404 404 404 404 404 404 404
team                                                 review   302 404 403 403 200 403 404 404 404 404 404 404 404
endorse                                              review   302 404 403 403 403 302 404 404 404 404 404 404 404
co_applicant_send_again                              review   302 404 403 403 302 403 404 404 404 404 404 404 404
co_applicant_remove                                  review   302 404 403 403 302 403 404 404 404 404 404 404 404
hand_over                                            review   302 404 302 302 302 302 404 404 404 404 404 404 404
team                                                 decided  302 404 403 403 200 403 404 404 404 404 404 404 404
endorse                                              decided  302 404 403 403 403 302 404 404 404 404 404 404 404
co_applicant_send_again                              decided  302 404 403 403 302 403 404 404 404 404 404 404 404
co_applicant_remove                                  decided  302 404 403 403 302 403 404 404 404 404 404 404 404
hand_over                                            decided  302 404 302 302 302 302 404 404 404 404 404 404 404
organisation                                         -        302 404 403 403 200 404 404 404 404 404 404 404 404
organisation_contacts                                -        302 404 403 403 302 404 404 404 404 404 404 404 404
logo                                                 -        302 405 405 405 405 405 405 405 405 405 405 405 405
change_logo                                          -        302 404 403 403 200 404 404 404 404 404 404 404 404
remove_logo                                          -        302 404 403 403 302 404 404 404 404 404 404 404 404
change_role                                          -        302 404 403 403 302 404 404 404 404 404 404 404 404
remove_person                                        -        302 404 403 302 302 404 404 404 404 404 404 404 404
invitation_send_again                                -        302 404 403 403 302 404 404 404 404 404 404 404 404
invitation_withdraw                                  -        302 404 403 403 302 404 404 404 404 404 404 404 404
invitation                                           -        404 404 404 404 404 404 404 404 404 404 404 404 404
me                                                   -        302 200 200 200 200 200 200 200 200 200 200 200 200
my_data                                              -        302 405 405 405 405 405 405 405 405 405 405 405 405
my_removal                                           -        302 302 302 302 302 302 302 302 302 302 302 302 302
my_removal_take_back                                 -        302 302 302 302 302 302 302 302 302 302 302 302 302
application_list                                     -        302 405 405 405 405 405 405 405 405 405 405 405 405
application_start                                    -        302 403 403 200 200 403 200 403 403 403 403 403 403
diagnosis_start                                      -        302 403 403 200 200 403 200 403 403 403 403 403 403
application                                          draft    302 405 405 405 405 405 405 405 405 405 405 405 405
application                                          review   302 405 405 405 405 405 405 405 405 405 405 405 405
application                                          decided  302 405 405 405 405 405 405 405 405 405 405 405 405
facts                                                draft    302 404 403 200 200 403 404 404 404 404 404 404 404
facts                                                review   302 404 403 403 403 403 404 404 404 404 404 404 404
facts                                                decided  302 404 403 403 403 403 404 404 404 404 404 404 404
question                                             draft    302 404 403 302 302 302 404 404 404 404 404 404 404
question                                             review   302 404 403 403 403 403 404 404 404 404 404 404 404
question                                             decided  302 404 403 403 403 403 404 404 404 404 404 404 404
autosave                                             draft    302 422 422 422 422 422 422 422 422 422 422 422 422
presence                                             draft    302 404 200 200 200 200 404 404 404 404 404 404 404
self_assessment                                      draft    302 405 405 405 405 405 405 405 405 405 405 405 405
autosave                                             review   302 422 422 422 422 422 422 422 422 422 422 422 422
presence                                             review   302 404 200 200 200 200 404 404 404 404 404 404 404
self_assessment                                      review   302 405 405 405 405 405 405 405 405 405 405 405 405
autosave                                             decided  302 422 422 422 422 422 422 422 422 422 422 422 422
presence                                             decided  302 404 200 200 200 200 404 404 404 404 404 404 404
self_assessment                                      decided  302 405 405 405 405 405 405 405 405 405 405 405 405
check                                                draft    302 404 403 403 200 403 404 404 404 404 404 404 404
check                                                review   302 404 302 302 302 302 404 404 404 404 404 404 404
check                                                decided  302 404 302 302 302 302 404 404 404 404 404 404 404
receipt                                              draft    302 405 405 405 405 405 405 405 405 405 405 405 405
receipt                                              review   302 405 405 405 405 405 405 405 405 405 405 405 405
receipt                                              decided  302 405 405 405 405 405 405 405 405 405 405 405 405
decision                                             draft    302 405 405 405 405 405 405 405 405 405 405 405 405
decision                                             review   302 405 405 405 405 405 405 405 405 405 405 405 405
decision                                             decided  302 405 405 405 405 405 405 405 405 405 405 405 405
decision_letter                                      draft    302 405 405 405 405 405 405 405 405 405 405 405 405
decision_letter                                      review   302 405 405 405 405 405 405 405 405 405 405 405 405
decision_letter                                      decided  302 405 405 405 405 405 405 405 405 405 405 405 405
feedback_report                                      draft    302 405 405 405 405 405 405 405 405 405 405 405 405
feedback_report                                      review   302 405 405 405 405 405 405 405 405 405 405 405 405
feedback_report                                      decided  302 405 405 405 405 405 405 405 405 405 405 405 405
appeal                                               draft    302 404 404 404 404 404 404 404 404 404 404 404 404
appeal                                               review   302 404 404 404 404 404 404 404 404 404 404 404 404
appeal                                               decided  302 404 404 404 404 404 404 404 404 404 404 404 404
withdraw                                             draft    302 404 403 403 302 403 404 404 404 404 404 404 404
withdraw                                             review   302 404 403 403 302 403 404 404 404 404 404 404 404
withdraw                                             decided  302 404 403 403 302 403 404 404 404 404 404 404 404
application_pdf                                      draft    302 405 405 405 405 405 405 405 405 405 405 405 405
application_pdf                                      review   302 405 405 405 405 405 405 405 405 405 405 405 405
application_pdf                                      decided  302 405 405 405 405 405 405 405 405 405 405 405 405
renew                                                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
renew                                                review   302 404 404 404 404 404 404 404 404 404 404 404 404
renew                                                decided  302 404 403 409 409 403 404 404 404 404 404 404 404
recommendations                                      draft    302 404 404 404 404 404 404 404 404 404 404 404 404
recommendations                                      review   302 404 404 404 404 404 404 404 404 404 404 404 404
recommendations                                      decided  302 404 404 404 404 404 404 404 404 404 404 404 404
carry_over                                           draft    302 404 404 404 404 404 404 404 404 404 404 404 404
carry_over                                           review   302 404 404 404 404 404 404 404 404 404 404 404 404
carry_over                                           decided  302 404 404 404 404 404 404 404 404 404 404 404 404
diagnosis_result                                     draft    302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_result                                     review   302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_result                                     decided  302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_report                                     draft    302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_report                                     review   302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_report                                     decided  302 405 405 405 405 405 405 405 405 405 405 405 405
diagnosis_apply                                      draft    302 404 302 302 302 302 404 404 404 404 404 404 404
diagnosis_apply                                      review   302 404 302 302 302 302 404 404 404 404 404 404 404
diagnosis_apply                                      decided  302 404 302 302 302 302 404 404 404 404 404 404 404
diagnosis_delete                                     draft    302 404 302 302 302 302 404 404 404 404 404 404 404
diagnosis_delete                                     review   302 404 302 302 302 302 404 404 404 404 404 404 404
diagnosis_delete                                     decided  302 404 302 302 302 302 404 404 404 404 404 404 404
evidence                                             draft    302 405 405 405 405 405 405 405 405 405 405 405 405
evidence                                             review   302 405 405 405 405 405 405 405 405 405 405 405 405
evidence                                             decided  302 405 405 405 405 405 405 405 405 405 405 405 405
evidence_in_place                                    draft    302 405 405 405 405 405 405 405 405 405 405 405 405
evidence_in_place                                    review   302 405 405 405 405 405 405 405 405 405 405 405 405
evidence_in_place                                    decided  302 405 405 405 405 405 405 405 405 405 405 405 405
evidence_thumbnail                                   draft    302 405 405 405 405 405 405 405 405 405 405 405 405
evidence_thumbnail                                   review   302 405 405 405 405 405 405 405 405 405 405 405 405
evidence_thumbnail                                   decided  302 405 405 405 405 405 405 405 405 405 405 405 405
add_evidence                                         draft    302 404 403 302 302 302 404 404 404 404 404 404 404
add_evidence                                         review   302 404 409 409 409 409 404 404 404 404 404 404 404
add_evidence                                         decided  302 404 409 409 409 409 404 404 404 404 404 404 404
reuse_evidence                                       draft    302 404 403 302 302 302 404 404 404 404 404 404 404
reuse_evidence                                       review   302 404 409 409 409 409 404 404 404 404 404 404 404
reuse_evidence                                       decided  302 404 409 409 409 409 404 404 404 404 404 404 404
describe_evidence                                    draft    302 404 403 302 302 302 404 404 404 404 404 404 404
describe_evidence                                    review   302 404 409 409 409 409 404 404 404 404 404 404 404
describe_evidence                                    decided  302 404 409 409 409 409 404 404 404 404 404 404 404
link_evidence                                        draft    302 404 403 302 302 302 404 404 404 404 404 404 404
link_evidence                                        review   302 404 409 409 409 409 404 404 404 404 404 404 404
link_evidence                                        decided  302 404 409 409 409 409 404 404 404 404 404 404 404
replace_evidence                                     draft    302 404 403 302 302 302 404 404 404 404 404 404 404
replace_evidence                                     review   302 404 409 409 409 409 404 404 404 404 404 404 404
replace_evidence                                     decided  302 404 409 409 409 409 404 404 404 404 404 404 404
dismiss_evidence                                     draft    302 404 404 404 404 404 404 404 404 404 404 404 404
dismiss_evidence                                     review   302 404 404 404 404 404 404 404 404 404 404 404 404
dismiss_evidence                                     decided  302 404 404 404 404 404 404 404 404 404 404 404 404
remove_evidence                                      draft    302 404 403 302 302 302 404 404 404 404 404 404 404
remove_evidence                                      review   302 404 409 409 409 409 404 404 404 404 404 404 404
remove_evidence                                      decided  302 404 409 409 409 409 404 404 404 404 404 404 404
certificate                                          draft    302 405 405 405 405 405 405 405 405 405 405 405 405
certificate                                          review   302 405 405 405 405 405 405 405 405 405 405 405 405
certificate                                          decided  302 405 405 405 405 405 405 405 405 405 405 405 405
admin:index                                          -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:login                                          -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:logout                                         -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:password_change                                -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:password_change_done                           -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:autocomplete                                   -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:jsi18n                                         -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:view_on_site                                   -        302 404 404 404 404 404 404 404 404 404 404 404 404
admin:members_user_changelist                        -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_add                               -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_history                           -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_delete                            -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_change                            -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_user_removal                           -        302 404 404 404 404 404 404 403 403 403 403 403 302
admin:members_organisation_changelist                -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_add                       -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_history                   -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_delete                    -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_change                    -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_merge                     -        302 404 404 404 404 404 404 403 403 403 403 403 405
admin:members_organisation_merge_with                -        302 404 404 404 404 404 404 403 403 403 403 403 302
admin:members_organisation_import                -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:members_organisation_import_confirm        -        302 404 404 404 404 404 404 403 403 403 403 403 302
admin:members_organisation_import_template       -        302 404 404 404 404 404 404 403 403 403 403 403 405
admin:members_organisation_export                -        302 404 404 404 404 404 404 403 403 403 403 403 405
admin:applications_certificate_changelist            -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_certificate_change                decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_certificate_status                decided  302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_certificate_document              decided  302 404 404 404 404 404 404 403 403 403 403 403 302
admin:applications_questionnaire_changelist          -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_add                 -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_history             -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_delete              -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_questionnaire_change              -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_questionnaire_differences         -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_questionnaire_copy                -        302 404 404 404 404 404 404 403 403 403 403 403 302
admin:applications_questionnaire_publish             -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_questionnaire_take-back           -        302 404 404 404 404 404 404 403 403 403 403 403 302
admin:applications_questionnaire_preview             -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_questionnaire_preview-question    -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_question_changelist               -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:applications_question_add                      -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_question_history                  -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_question_delete                   -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_question_change                   -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_application_changelist            -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_application_change                draft    302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_change                review   302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_change                decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_assign                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_assign                review   302 404 404 404 404 404 404 200 200 200 404 403 200
admin:applications_application_assign                decided  302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_application_declare               draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_declare               review   302 404 404 404 404 404 404 403 200 200 404 403 403
admin:applications_application_declare               decided  302 404 404 404 404 404 404 403 403 200 403 403 403
admin:applications_application_appeal                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_appeal                review   302 404 404 404 404 404 404 403 403 403 404 200 403
admin:applications_application_appeal                decided  302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_application_review                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_review                review   302 404 404 404 404 404 404 403 403 200 404 403 403
admin:applications_application_review                decided  302 404 404 404 404 404 404 403 403 200 403 403 403
admin:applications_application_completion            draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_completion            review   302 404 404 404 404 404 404 403 403 200 404 403 403
admin:applications_application_completion            decided  302 404 404 404 404 404 404 403 403 200 403 403 403
admin:applications_application_decide                draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_decide                review   302 404 404 404 404 404 404 403 403 403 404 200 403
admin:applications_application_decide                decided  302 404 404 404 404 404 404 403 403 403 403 200 403
admin:applications_application_further-review        draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_further-review        review   302 404 404 404 404 404 404 403 403 403 404 200 403
admin:applications_application_further-review        decided  302 404 404 404 404 404 404 403 403 403 403 200 403
admin:applications_application_decision              draft    302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_decision              review   302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_decision              decided  302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_preview_letter        draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_preview_letter        review   302 404 404 404 404 404 404 403 403 403 404 403 403
admin:applications_application_preview_letter        decided  302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_application_preview_certificate   draft    302 404 404 404 404 404 404 404 404 404 404 404 404
admin:applications_application_preview_certificate   review   302 404 404 404 404 404 404 403 403 403 404 403 403
admin:applications_application_preview_certificate   decided  302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_application_statistics            -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_calibration           -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_export                -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:applications_application_export_file           -        302 404 404 404 404 404 404 405 405 405 405 405 405
admin:django_tasks_database_dbtaskresult_changelist  -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:django_tasks_database_dbtaskresult_add         -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:django_tasks_database_dbtaskresult_history     -        302 404 404 404 404 404 404 302 302 302 302 302 302
admin:django_tasks_database_dbtaskresult_delete      -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:django_tasks_database_dbtaskresult_change      -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:app_list                                       -        302 404 404 404 404 404 404 200 200 200 200 200 200
admin:applications_application_assign_several        -        302 404 404 404 404 404 404 302 302 302 302 404 302
admin:applications_application_extension             review   302 404 404 404 404 404 404 302 302 302 404 403 302
admin:applications_application_extension             decided  302 404 404 404 404 404 404 302 302 302 302 403 302
admin:applications_application_held                  review   302 404 404 404 404 404 404 403 403 403 404 400 403
admin:applications_application_held                  decided  302 404 404 404 404 404 404 403 403 403 403 400 403
admin:applications_application_held_list             -        302 404 404 404 404 404 404 403 403 403 403 200 403
admin:applications_application_review_autosave       review   302 404 404 404 404 404 404 403 403 409 404 403 403
admin:applications_application_review_autosave       decided  302 404 404 404 404 404 404 403 403 409 403 403 403
admin:applications_application_review_presence       review   302 404 404 404 404 404 404 403 403 200 404 403 403
admin:applications_application_review_presence       decided  302 404 404 404 404 404 404 403 403 200 403 403 403
admin:applications_application_talk                  review   302 404 404 404 404 404 404 403 403 403 404 200 403
admin:applications_application_talk                  decided  302 404 404 404 404 404 404 403 403 403 403 200 403
admin:applications_application_unassign              review   302 404 404 404 404 404 404 200 200 200 404 403 200
admin:applications_application_unassign              decided  302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_completiontemplate_add            -        302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_completiontemplate_change         -        302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_completiontemplate_changelist     -        302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_completiontemplate_delete         -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_completiontemplate_history        -        302 404 404 404 404 404 404 200 200 200 200 403 200
admin:applications_timelimit_add                     -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_timelimit_change                  -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_timelimit_changelist              -        302 404 404 404 404 404 404 403 403 403 403 403 200
admin:applications_timelimit_delete                  -        302 404 404 404 404 404 404 403 403 403 403 403 403
admin:applications_timelimit_history                 -        302 404 404 404 404 404 404 403 403 403 403 403 200
"""


@dataclass
class World:
    cast: Cast
    people: dict[str, User | None]
    cases: dict[str, Application]
    invitation: Invitation

    def address(self, name: str, case: str) -> str:
        """The address `name` with whatever it needs, taken from the case."""
        application = self.cases.get(case)
        pattern = ADDRESSES[name]
        values: dict[str, object] = {
            "code": "AAAA-AAAA-AAAA",
            "key": "set-password",
            "uidb36": "1",
            "app_label": "applications",
            "content_type_id": 1,
            "token": "no-such-token",
            "organisation": self.cast.town.pk,
            "person": self.cast.edit.pk,
            "invitation": self.invitation.pk,
            "url": "nowhere/",
            "number": 1,
            "what": "applications",
            "form": "csv",
        }
        if application:
            values["reference"] = application.reference
            values["co_applicant"] = application.co_applicants.get(accepted_at=None).pk
            evidence = application.evidence.first()
            values["uuid"] = evidence.pk if evidence else "0" * 8 + "-0000-4000-8000-" + "0" * 12
        object_pks = {
            "members_user": self.cast.nils.pk,
            "members_organisation": self.cast.town.pk,
            "applications_questionnaire": 1,
            "applications_question": Question.objects.get(questionnaire__version=1, number=1).pk,
            "django_tasks_database_dbtaskresult": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
        }
        values["object_id"] = next((pk for key, pk in object_pks.items() if key in name), 1)
        values["pk"] = application.pk if application else 1
        if "applications_questionnaire_" in name:
            values["pk"] = 1
        values["kind"] = "csv"
        if name == "admin:members_user_removal":
            values["pk"] = self.cast.nils.pk
        if "organisation_merge" in name:
            values["pk"], values["other"] = self.cast.town.pk, self.cast.other_town.pk
        if "certificate_" in name and application:
            values["pk"] = Certificate.objects.get().pk
        needed = set(re.findall(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>", pattern))
        return reverse(name, kwargs={key: values[key] for pair in needed for key in pair if key})


def named(patterns: list, namespace: str = "", route: str = "") -> dict[str, str]:
    """The route of every named address."""
    found: dict[str, str] = {}
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = namespace + (f"{pattern.namespace}:" if pattern.namespace else "")
            found |= named(pattern.url_patterns, inner, here)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found[namespace + pattern.name] = here
    return found


ADDRESSES = named(get_resolver().url_patterns)


Row = tuple[str, str, tuple[int, ...]]
PARTS = 3
"""So that several workers can walk at once."""


def rows(table: str) -> list[Row]:
    """The lines of a table as (name, case, statuses by role)."""
    found = []
    for line in table.strip().splitlines():
        name, case, *statuses = line.split()
        assert len(statuses) == len(ROLES), line
        found.append((name, case, tuple(map(int, statuses))))
    return found


@pytest.fixture
def world(cast: Cast) -> World:
    una = make_user("una@qm.example", "Undeclared", "Advisor")
    kim = make_user("kim@qm.example", "Conflicted", "Advisor")
    uno = make_user("uno@qm.example", "Unassigned", "Advisor")
    cases = {
        "decided": make_application(cast, Status.APPROVED),
        "review": make_application(cast, Status.IN_REVIEW, area="Ekby"),
        "draft": make_application(cast, Status.DRAFT, area="Ekdal"),
    }
    writing.add_evidence(cases["draft"], questions(cases["draft"])[0], cast.sigrid, upload())
    for assignment in workflow.assign(cases["review"], [una, kim], cast.alma):
        if assignment.advisor == kim:
            workflow.declare(cases["review"], assignment, kim, has_conflict=True)
    issue.document(Certificate.objects.get().pk)
    for item in Evidence.objects.all():
        item.thumbnail.save("", ContentFile(b"picture"))
    for case in cases.values():
        join(case, cast.mina)
        invite(CoApplicant(application=case, party="Kiosken", kind="trader"), cast.sigrid)
    people = {
        "anonymous": None,
        "nobody": cast.nils,
        "viewer": cast.vide,
        "editor": cast.edit,
        "signatory": cast.sigrid,
        "co_applicant": cast.mina,
        "stranger": cast.stina,
        "unassigned": uno,
        "undeclared": una,
        "advisor": cast.asta,
        "conflicted": kim,
        "decider": cast.beata,
        "administrator": cast.alma,
    }
    team.save_logo(cast.town, cast.sigrid, b"picture")
    invitation = invite(Invitation(organisation=cast.town), cast.sigrid)
    return World(cast, people, cases, invitation)


def invite(invitation: InvitationBase, by: User) -> InvitationBase:
    """An open invitation to somebody without an account."""
    invitation.email, invitation.invited_by = "ny@handel.example", by
    invitation.renew()
    invitation.save()
    return invitation


def walk(world: World, method: str, listed: list[Row]) -> list[str]:
    """The rows as they really are. What a POST does is undone."""
    lines = []
    clients = {role: Client(raise_request_exception=False) for role in ROLES}
    for role, user in world.people.items():
        if user:
            clients[role].force_login(user)
    for name, case, _statuses in listed:
        address = world.address(name, case)
        statuses = []
        for role in ROLES:
            with transaction.atomic():
                statuses.append(getattr(clients[role], method)(address).status_code)
                transaction.set_rollback(True)
            if name == "account_logout" and (user := world.people[role]):
                clients[role].force_login(user)
        lines.append(" ".join(map(str, (name, case, *statuses))))
    return lines


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("method", "table"), [("get", GET), ("post", POST)], ids=["get", "post"])
def test_every_address_for_every_role(world, method, table, part):
    listed = rows(table)[part::PARTS]
    expected = [" ".join(map(str, (name, case, *statuses))) for name, case, statuses in listed]
    assert walk(world, method, listed) == expected


def test_a_certificate_is_looked_up_by_everybody(world):
    address = Certificate.objects.get().get_absolute_url()
    for user in world.people.values():
        client = Client()
        if user:
            client.force_login(user)
        assert client.get(address).status_code == 200


def test_every_address_is_in_both_tables():
    for table in (GET, POST):
        assert {name for name, _case, _statuses in rows(table)} == set(ADDRESSES)


def test_mails_can_be_read_in_development_alone():
    """The tests run as the portal does in use: the addresses that `QM_DEBUG` adds aren't there."""
    assert not [name for name in ADDRESSES if "mail" in name and name.startswith("dev")]
    with pytest.raises(Resolver404):
        resolve("/dev/mail/")
