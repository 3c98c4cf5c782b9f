"""A school in a process of its own, to be killed after somebody was shown a page: python -m … FOLDER.

It prints "shown" once the homeroom teacher has the list of her class, and waits for its death.
"""

import asyncio
import sys
from pathlib import Path

from kit.clock import ManualClock
from node.access_log import jobs
from tests.conftest import NOW
from tests.node.conftest import running_school


async def main() -> None:
    jobs.GATHER_S = 3600.0  # nothing is taken over before the end
    async for school in running_school(Path(sys.argv[1]), ManualClock(NOW)):
        await asyncio.sleep(0.5)  # the first turn, of what an earlier run left, is over
        teacher = await school.client_as("박서연")
        answer = await teacher.get(f"/admin/classes/{school.class_id('3-2')}")
        print("shown" if "이지우" in answer.text else answer.status, flush=True)
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main())
