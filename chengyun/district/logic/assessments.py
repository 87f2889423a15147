"""What stays switched off until its impact on people has been assessed, and for how long an assessment holds.

The law (PIPL, articles 55 and 56) asks for an impact assessment (个人信息保护影响评估) before such processing, and for its
record to be kept for at least three years: nothing here ever deletes one. For how long it holds is said by who signs it.
"""

from __future__ import annotations

from datetime import date

from chengyun.kernel.i18n import T

STAFF_POSITIONS, SIGNALLING_COUNTS = "staff_positions", "signalling_counts"
CITIZEN_PHOTOS, DRONE_MEDIA = "citizen_photos", "drone_media"

# The closed list. What asks for a topic that is not here is a mistake in the program, not a switch that is off.
TOPICS = {
    STAFF_POSITIONS: T("在岗人员位置", "Positions of staff on duty"),
    SIGNALLING_COUNTS: T("手机信令汇总人数", "Aggregated mobile-signalling counts"),
    CITIZEN_PHOTOS: T("群众照片", "Citizens' photos"),
    DRONE_MEDIA: T("无人机影像", "Drone media"),
}

REVOKE_REASONS = {
    "processing_changed": T(
        "处理活动已变化，须重新评估", "The processing has changed and is to be assessed anew"
    ),
    "superseded": T("由新的评估取代", "A new assessment replaces it"),
    "found_wanting": T("复核发现评估有缺陷", "A review found the assessment wanting"),
    "withdrawn": T("决定不再开展此项处理", "The processing is given up"),
    "not_listed": T("辖区数据包不再列出", "The district folder does not list it any more"),
}


def holds_on(day: date, valid_from: date, valid_to: date) -> bool:
    """Whether an assessment covers a day in the district's zone; `valid_to` is the first day on which it does not."""
    return valid_from <= day < valid_to
