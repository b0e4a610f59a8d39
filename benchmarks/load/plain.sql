-- Accounts whose stored figures differ from their raw facts on a day, recomputed by nothing but SQL.
--
-- Parameters: %(ids)s accounts, %(day)s the day. Written from the rules alone: what an undone batch brought never
-- came; a reversed receipt never came; the newest living assignment says whose a receipt is; money that names a
-- charge pays that charge; all other money pays the oldest due first; what is due today is not late; a charge
-- or receipt valued later does not exist yet; a credit neither pays nor is paid.
WITH asked AS (
  SELECT unnest(%(ids)s::bigint[]) AS account_id
), undone AS (
  SELECT withdrawn_act_id AS act_id FROM act_withdrawal
), living AS (
  SELECT DISTINCT account_id FROM placement JOIN asked USING (account_id)
  WHERE act_id NOT IN (SELECT act_id FROM undone)
), owed AS (
  SELECT account_id, id AS charge_id, due_date, value_date,
         principal_minor + interest_minor + fee_minor + penalty_minor AS amount
  FROM charge JOIN living USING (account_id)
  WHERE act_id NOT IN (SELECT act_id FROM undone)
), assigned AS (
  SELECT receipt_id, account_id, row_number() OVER (PARTITION BY receipt_id ORDER BY id DESC) AS place
  FROM receipt_assignment
  WHERE act_id NOT IN (SELECT act_id FROM undone)
    AND receipt_id IN (SELECT receipt_id FROM receipt_assignment JOIN asked USING (account_id))
), came AS (
  SELECT r.id AS receipt_id, account_id, r.amount_minor AS amount
  FROM assigned JOIN receipt r ON r.id = receipt_id JOIN living USING (account_id)
  WHERE place = 1 AND r.value_date <= %(day)s::date
    AND r.act_id NOT IN (SELECT act_id FROM undone)
    AND r.id NOT IN (SELECT receipt_id FROM receipt_reversal WHERE act_id NOT IN (SELECT act_id FROM undone))
), named AS (
  SELECT d.receipt_id, d.charge_id, d.amount_minor AS amount
  FROM designation d JOIN came USING (receipt_id) JOIN owed USING (charge_id)
  WHERE d.act_id NOT IN (SELECT act_id FROM undone)
), purse AS (
  SELECT account_id, sum(amount) AS received,
         sum(amount) FILTER (WHERE receipt_id NOT IN (SELECT receipt_id FROM named)) AS free
  FROM came GROUP BY account_id
), claims AS (
  SELECT account_id, charge_id, due_date,
         amount - least(amount, coalesce((SELECT sum(n.amount) FROM named n WHERE n.charge_id = owed.charge_id), 0))
           AS claim
  FROM owed WHERE amount > 0 AND value_date <= %(day)s::date
), queued AS (
  SELECT account_id, due_date, claim, sum(claim) OVER (
           PARTITION BY account_id ORDER BY due_date, charge_id ROWS UNBOUNDED PRECEDING) AS reach
  FROM claims
), unpaid AS (
  SELECT account_id, due_date, least(claim, greatest(reach - coalesce(free, 0), 0)) AS open
  FROM queued LEFT JOIN purse USING (account_id)
), figures AS (
  SELECT account_id,
         coalesce(sum(open), 0) AS outstanding,
         coalesce(sum(open) FILTER (WHERE due_date < %(day)s::date), 0) AS overdue,
         min(due_date) FILTER (WHERE open > 0 AND due_date < %(day)s::date) AS oldest_due_date
  FROM unpaid GROUP BY account_id
), plain AS (
  SELECT account_id, coalesce(outstanding, 0) AS outstanding, coalesce(overdue, 0) AS overdue, oldest_due_date,
         coalesce(%(day)s::date - oldest_due_date, 0) AS days_late, coalesce(received, 0) AS received
  FROM asked LEFT JOIN figures USING (account_id) LEFT JOIN purse USING (account_id)
), stated AS (
  SELECT account_id, charged_minor - allocated_minor AS outstanding, overdue_minor AS overdue, oldest_due_date,
         coalesce(%(day)s::date - oldest_due_date, 0) AS days_late, received_minor AS received
  FROM account_state JOIN asked USING (account_id)
)
SELECT p.account_id, p.outstanding, s.outstanding, p.overdue, s.overdue, p.oldest_due_date, s.oldest_due_date,
       p.days_late, s.days_late, p.received, s.received
FROM plain p LEFT JOIN stated s USING (account_id)
WHERE (p.outstanding, p.overdue, p.oldest_due_date, p.days_late, p.received)
      IS DISTINCT FROM (s.outstanding, s.overdue, s.oldest_due_date, s.days_late, s.received)
ORDER BY p.account_id
